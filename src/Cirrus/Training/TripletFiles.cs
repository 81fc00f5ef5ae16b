using System.Text.Json;
using Cirrus.Tensors;

namespace Cirrus.Training;

/// <summary>A triplet as a file names it: the picture in hand, how the wanted one differs, the wanted one.</summary>
/// <param name="Captions">one, or FashionIQ's two that describe the same difference.</param>
public sealed record NamedTriplet(string Reference, IReadOnlyList<string> Captions, string Target);

/// <summary>What was read from one file of triplets, and what could not be.</summary>
/// <param name="Bad">entries that gave no triplet, by reason; numbered from 1, by line where every line is one.</param>
public sealed record TripletFileReport(string Path, int Triplets, IReadOnlyList<BadLines> Bad)
{
    public override string ToString()
    {
        string read = $"{System.IO.Path.GetFileName(Path)}: {Triplets:N0} triplets";
        return Bad.Count == 0 ? read : $"{read}; {Bad.Sum(b => b.Count):N0} entries left out: {string.Join(", ", Bad)}";
    }
}

/// <summary>
/// Reads triplets of a reference, words and a target: JSON lines, and the arrays that FashionIQ and CIRR come as; each
/// also gzipped.
/// </summary>
/// <remarks>
/// An entry has <c>reference</c> (FashionIQ: <c>candidate</c>), <c>target</c> (CIRR: <c>target_hard</c>) and <c>caption</c> or a list
/// <c>captions</c>. Anything else in it, CIRR's image sets say, is not read.
/// </remarks>
public static class TripletFiles
{
    private const string NotWhole = "without reference, target or caption";
    private static readonly string[] References = ["reference", "candidate"], Targets = ["target", "target_hard"];

    /// <summary>Reads the files in order.</summary>
    /// <exception cref="CirrusException">A file is missing, or is neither lines nor an array of JSON.</exception>
    public static (IReadOnlyList<NamedTriplet> Triplets, IReadOnlyList<TripletFileReport> Reports) Read(IReadOnlyList<string> paths)
    {
        List<NamedTriplet> triplets = [];
        List<TripletFileReport> reports = [];
        foreach (string path in paths)
        {
            if (!File.Exists(path))
                throw new CirrusException($"There is no file of triplets at '{path}'.",
                    hint: "give JSON lines with reference, target and caption, FashionIQ's cap.*.train.json or CIRR's cap.rc2.train.json");
            int before = triplets.Count;
            LineTally tally = new();
            JsonEntries.Read(path, tally, (entry, number) => Add(entry, number, triplets, tally));
            reports.Add(new(path, triplets.Count - before, tally.Result()));
        }
        return (triplets, reports);
    }

    private static void Add(JsonElement entry, int number, List<NamedTriplet> triplets, LineTally tally)
    {
        if (entry.ValueKind == JsonValueKind.Object && JsonEntries.Name(entry, References) is string reference
            && JsonEntries.Name(entry, Targets) is string target
            && JsonEntries.Captions(entry) is { Length: > 0 } captions)
            triplets.Add(new(reference, captions, target));
        else
            tally.Bad(NotWhole, number);
    }
}
