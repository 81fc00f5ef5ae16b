namespace Cirrus.Training;

/// <summary>Lines of a file that are left out for one reason.</summary>
public sealed record BadLines(string Reason, int Count, IReadOnlyList<int> First)
{
    public override string ToString() =>
        $"{Count:N0} {Reason} ({(First.Count == 1 ? "line" : "lines")} {string.Join(", ", First)}{(Count > First.Count ? ", ..." : "")})";
}

/// <summary>Counts what could not be read, by reason, with the numbers of the first few lines.</summary>
internal sealed class LineTally
{
    private const int Shown = 3;
    private readonly Dictionary<string, (int Count, List<int> First)> _bad = [];

    public void Bad(string reason, int from, int to)
    {
        for (int line = from; line <= to; line++)
            Bad(reason, line);
    }

    public void Bad(string reason, int line)
    {
        (int count, List<int> first) = _bad.TryGetValue(reason, out (int, List<int>) seen) ? seen : (0, []);
        if (first.Count < Shown)
            first.Add(line);
        _bad[reason] = (count + 1, first);
    }

    public IReadOnlyList<BadLines> Result() => [.. _bad.Select(b => new BadLines(b.Key, b.Value.Count, b.Value.First))];
}
