using System.Globalization;

namespace Cirrus.Evaluation.Submissions;

/// <summary>What a checker looked at and what it found wrong.</summary>
/// <param name="path">the file, for messages.</param>
public sealed class SubmissionCheck(string path)
{
    /// <summary>Problems that are told one by one; of the others only the number.</summary>
    public const int Told = 20;

    private readonly List<string> _checked = [], _notes = [], _problems = [];

    public string Path => path;

    /// <summary>What the file was taken for; null when it could not be told.</summary>
    public SubmissionFormat? Format { get; internal set; }

    public IReadOnlyList<string> Checked => _checked;

    /// <summary>What is allowed and still worth knowing.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>The first <see cref="Told"/>.</summary>
    public IReadOnlyList<string> Problems => _problems;

    public long ProblemCount { get; private set; }

    public bool Valid => ProblemCount == 0;

    /// <summary>The report for people.</summary>
    public void WriteText(TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: {Format?.Title ?? "no submission that is known"}"));
        foreach (string what in _checked)
            output.WriteLine($"  checked: {what}");
        foreach (string note in _notes)
            output.WriteLine($"  note: {note}");
        foreach (string problem in _problems)
            output.WriteLine($"  problem: {problem}");
        if (ProblemCount > Told)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  ... and {ProblemCount - Told:N0} more"));
        output.WriteLine(Valid ? "valid" : string.Create(CultureInfo.InvariantCulture,
            $"not valid: {ProblemCount:N0} problem{(ProblemCount == 1 ? "" : "s")}"));
    }

    internal void Looked(string what) => _checked.Add(what);

    internal void Note(string what) => _notes.Add(what);

    internal void Problem(string what)
    {
        if (ProblemCount++ < Told)
            _problems.Add(what);
    }
}
