using System.Text.Json;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods.CompoDiff;

/// <summary>What of a picture is hidden, as a line says it.</summary>
/// <param name="File">the name of a picture that is white where it hides; null: a rectangle does.</param>
/// <param name="Rectangle">in pixels of the picture as stored.</param>
/// <param name="Size">of the picture, where a line says it; (0, 0): it does not.</param>
public sealed record NamedMask(string? File, (int X, int Y, int Width, int Height) Rectangle = default, (int Width, int Height) Size = default);

/// <summary>An example as a file names it: a captioned picture, one with a hidden part, or a triplet.</summary>
/// <param name="Target">the name of the wanted picture.</param>
/// <param name="Reference">that of the picture in hand of a triplet.</param>
/// <param name="Mask">what is hidden of the target in the picture in hand.</param>
/// <param name="Hidden">what the feature of the picture with its hidden part is called, where features are given.</param>
public sealed record NamedExample(string Text, string Target, string? Reference = null, NamedMask? Mask = null, string? Hidden = null);

/// <summary>What was read from one file of examples, and what could not be.</summary>
/// <param name="Bad">entries that gave nothing, by reason; numbered from 1.</param>
public sealed record DiffusionFileReport(string Path, int Captions, int Hidden, int Triplets, IReadOnlyList<BadLines> Bad)
{
    public override string ToString()
    {
        string read = $"{System.IO.Path.GetFileName(Path)}: {Captions:N0} captions, {Hidden:N0} hidden parts, {Triplets:N0} triplets";
        return Bad.Count == 0 ? read : $"{read}; {Bad.Sum(b => b.Count):N0} entries left out: {string.Join(", ", Bad)}";
    }
}

/// <summary>Reads what CompoDiff learns from: JSON lines, or an array of such objects, also gzipped. The form is told in docs/formats.md.</summary>
public static class DiffusionFiles
{
    private const int LongestSide = 65_535, MostPixels = 100_000_000, MostLopsided = 100;

    /// <summary>Reads the files in order.</summary>
    /// <exception cref="CirrusException">A file is missing or damaged.</exception>
    public static (IReadOnlyList<NamedExample> Examples, IReadOnlyList<DiffusionFileReport> Reports) Read(IReadOnlyList<string> paths)
    {
        List<NamedExample> examples = [];
        List<DiffusionFileReport> reports = [];
        foreach (string path in paths)
        {
            if (!File.Exists(path))
                throw new CirrusException($"There is no file of examples at '{path}'.",
                    hint: "give JSON lines: {\"picture\": ..., \"caption\": ...}, or reference, caption and target");
            int before = examples.Count;
            LineTally tally = new();
            JsonEntries.Read(path, tally, (entry, number) =>
            {
                if (Add(entry, examples) is string reason)
                    tally.Bad(reason, number);
            });
            NamedExample[] read = [.. examples.Skip(before)];
            int hidden = read.Count(e => e.Mask is not null), triplets = read.Count(e => e.Reference is not null);
            reports.Add(new(path, read.Length - hidden - triplets, hidden, triplets, tally.Result()));
        }
        return (examples, reports);
    }

    /// <summary>Null, or why the entry gives nothing.</summary>
    private static string? Add(JsonElement entry, List<NamedExample> examples)
    {
        if (entry.ValueKind != JsonValueKind.Object)
            return "no object";
        string[] captions = JsonEntries.Captions(entry);
        string? picture = JsonEntries.Name(entry, "picture");
        string? reference = JsonEntries.Name(entry, "reference", "candidate"), target = JsonEntries.Name(entry, "target", "target_hard");
        if (picture is null ? reference is null || target is null : reference is not null || target is not null)
            return "without either picture or reference and target";
        if (captions.Length == 0)
            return "without caption";
        if (picture is null)
            return AddTriplet(entry, TripletCaptions.Joined(captions), reference!, target!, examples);
        NamedMask? mask = null;
        if (entry.TryGetProperty("mask", out JsonElement said) && (mask = Mask(said, entry)) is null)
            return "with a mask that is neither a name nor [x, y, width, height] in a picture";
        examples.AddRange(captions.Select(c => new NamedExample(c, picture, null, mask, mask is null ? null : JsonEntries.Name(entry, "hidden"))));
        return null;
    }

    /// <summary>The triplet, and with <c>back</c> the way back.</summary>
    private static string? AddTriplet(JsonElement entry, string caption, string reference, string target, List<NamedExample> examples)
    {
        if (entry.TryGetProperty("mask", out _))
            return "with a mask in a triplet";
        string? back = null;
        if (entry.TryGetProperty("back", out JsonElement said) && said.ValueKind != JsonValueKind.Null && (back = JsonEntries.Text(said)) is null)
            return "with a back that is no text";
        examples.Add(new(caption, target, reference));
        if (back is not null)
            examples.Add(new(back, reference, target));
        return null;
    }

    private static NamedMask? Mask(JsonElement mask, JsonElement entry)
    {
        if (mask.ValueKind != JsonValueKind.Array)
            return JsonEntries.Name(entry, "mask") is string name ? new(name) : null;
        if (Numbers(mask, 4) is not [int x, int y, int width, int height] || width == 0 || height == 0)
            return null;
        if (!entry.TryGetProperty("size", out JsonElement size))
            return new(null, (x, y, width, height));
        return Numbers(size, 2) is [int w, int h] && x < w && y < h && IsPicture(w, h) ? new(null, (x, y, width, height), (w, h)) : null;
    }

    private static bool IsPicture(int width, int height) => Math.Max(width, height) <= LongestSide && (long)width * height <= MostPixels
        && Math.Max(width, height) / Math.Min(width, height) <= MostLopsided;

    /// <summary>So many whole numbers from 0.</summary>
    private static int[]? Numbers(JsonElement list, int count)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() != count)
            return null;
        int[] numbers = new int[count];
        for (int i = 0; i < count; i++)
            if (list[i].ValueKind != JsonValueKind.Number || !list[i].TryGetInt32(out numbers[i]) || numbers[i] < 0)
                return null;
        return numbers;
    }
}
