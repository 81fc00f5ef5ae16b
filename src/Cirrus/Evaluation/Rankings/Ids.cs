namespace Cirrus.Evaluation.Rankings;

/// <summary>Spellings of the ids of queries and pictures that mean the same.</summary>
internal static class Ids
{
    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png"];

    /// <summary>
    /// The id without "./", picture extension and leading zeros: "000000243611.jpg" → "243611",
    /// "./dev/dev-1-0-img0.png" → "dev/dev-1-0-img0".
    /// </summary>
    public static string Normal(string id)
    {
        ReadOnlySpan<char> name = id.AsSpan(id.StartsWith("./", StringComparison.Ordinal) ? 2 : 0);
        foreach (string extension in Extensions)
            if (name.Length > extension.Length && name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
            {
                name = name[..^extension.Length];
                break;
            }
        int stem = name.LastIndexOf('/') + 1;
        ReadOnlySpan<char> last = name[stem..];
        if (last.Length > 1 && last[0] == '0' && IsNumber(last))
            last = last.TrimStart('0') is { Length: > 0 } rest ? rest : "0";
        return last.Length == id.Length ? id : string.Concat(name[..stem], last);
    }

    public static bool IsNumber(ReadOnlySpan<char> text) => text.Length > 0 && !text.ContainsAnyExceptInRange('0', '9');

    /// <summary>What follows the first folder of a path; null when it has none.</summary>
    public static string? Tail(string path) =>
        path.IndexOf('/', StringComparison.Ordinal) is >= 0 and int slash ? path[(slash + 1)..] : null;
}

/// <summary>Finds things by their ids, in any of their spellings.</summary>
internal sealed class IdLookup
{
    /// <summary>Nothing has this id.</summary>
    public const int None = -1;

    /// <summary>Several have it.</summary>
    public const int Several = -2;

    private readonly Dictionary<string, int> _exact = new(StringComparer.Ordinal), _normal = new(StringComparer.Ordinal),
        _tails = new(StringComparer.Ordinal);

    private readonly bool _paths;

    /// <param name="places">what is found; null: 0 to n-1.</param>
    /// <param name="paths">ids are names of files: folders before them do not matter as long as one thing is meant.</param>
    public IdLookup(IReadOnlyList<string> ids, IReadOnlyList<int>? places = null, bool paths = true)
    {
        _paths = paths;
        for (int i = 0; i < ids.Count; i++)
        {
            string normal = Ids.Normal(ids[i]);
            Add(_exact, ids[i], places?[i] ?? i);
            Add(_normal, normal, places?[i] ?? i);
            for (string? tail = paths ? Ids.Tail(normal) : null; tail is not null; tail = Ids.Tail(tail))
                Add(_tails, tail, places?[i] ?? i);
        }
    }

    public int Find(string id)
    {
        if (_exact.TryGetValue(id, out int place))
            return place;
        string normal = Ids.Normal(id);
        if (_normal.TryGetValue(normal, out place) || _tails.TryGetValue(normal, out place))
            return place;
        for (string? tail = _paths ? Ids.Tail(normal) : null; tail is not null; tail = Ids.Tail(tail))
            if (_normal.TryGetValue(tail, out place))
                return place;
        return None;
    }

    private static void Add(Dictionary<string, int> to, string id, int place)
    {
        if (!to.TryAdd(id, place) && to[id] != place)
            to[id] = Several;
    }
}
