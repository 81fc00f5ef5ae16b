using System.Globalization;
using System.Text.Json;
using Cirrus.Tensors;

namespace Cirrus.Playground;

/// <summary>Writes a benchmark of the world as files laid out like CIRCO's, so that any tool for that reads it.</summary>
/// <remarks>
/// <code>
/// DIR/annotations/{val,test}.json                                           queries; "gt_img_ids" is the concept truth, all of it
/// DIR/COCO2017_unlabeled/annotations/image_info_unlabeled2017.json          the gallery, in order
/// DIR/COCO2017_unlabeled/unlabeled2017/000000000001.png                     pictures; an id is the place in the gallery plus one
/// </code>
/// Beyond CIRCO's fields a query has "edit_img_ids", "unchanged_img_ids", "family", "relative_captions" (one or two sentences;
/// "relative_caption" is these joined by "and") and "contrast_captions", the same worded as "is green instead of red".
/// </remarks>
public static class PlaygroundFiles
{
    /// <summary>Writes annotations and pictures; what is there under these names is replaced.</summary>
    /// <param name="side">of the pictures: 64 is what the small CLIP sees, 256 is for people.</param>
    /// <exception cref="CirrusException">The folder holds the other split, whose gallery this one would replace.</exception>
    public static void Write(string folder, PlaygroundBenchmark benchmark, Split split, int side)
    {
        ArgumentNullException.ThrowIfNull(benchmark);
        string name = PlaygroundBenchmark.NameOf(split), other = Path.Combine(folder, "annotations",
            $"{PlaygroundBenchmark.NameOf(split == Split.Val ? Split.Test : Split.Val)}.json");
        if (File.Exists(other))
            throw new CirrusException($"'{other}' is there: its pictures have the names of those of {name}.",
                hint: "name another folder: a folder holds one split and its gallery");
        string unlabeled = Path.Combine(folder, "COCO2017_unlabeled"), pictures = Path.Combine(unlabeled, "unlabeled2017");
        Directory.CreateDirectory(pictures);
        Directory.CreateDirectory(Path.Combine(unlabeled, "annotations"));
        Directory.CreateDirectory(Path.Combine(folder, "annotations"));
        Json(Path.Combine(folder, "annotations", $"{name}.json"), w => Queries(w, benchmark));
        Json(Path.Combine(unlabeled, "annotations", "image_info_unlabeled2017.json"), w => Images(w, benchmark, side));
        Parallel.For(0, benchmark.Scenes.Count, i =>
            File.WriteAllBytes(Path.Combine(pictures, FileName(i)), Png.Encode(benchmark.Picture(i, side), side)));
    }

    private static int Id(int place) => place + 1;

    private static string FileName(int place) => Id(place).ToString("D12", CultureInfo.InvariantCulture) + ".png";

    private static void Queries(Utf8JsonWriter w, PlaygroundBenchmark benchmark)
    {
        w.WriteStartArray();
        for (int i = 0; i < benchmark.Queries.Count; i++)
        {
            PlaygroundQuery q = benchmark.Queries[i];
            Scene reference = benchmark.Scenes[q.Reference];
            w.WriteStartObject();
            w.WriteNumber("reference_img_id", Id(q.Reference));
            w.WriteNumber("target_img_id", Id(q.Concept[0]));
            w.WriteString("relative_caption", string.Join(" and ", q.Texts));
            w.WriteString("shared_concept", Wording.Article($"{Wording.Of(reference.First.Colour)} {Wording.Of(reference.First.Kind)}"));
            Ids(w, "gt_img_ids", q.Concept);
            w.WriteNumber("id", i);
            w.WriteStartArray("semantic_aspects");
            w.WriteEndArray();
            Ids(w, "edit_img_ids", q.Edit);
            Ids(w, "unchanged_img_ids", q.Unchanged);
            w.WriteString("family", q.Family.ToString().ToLowerInvariant());
            Sentences(w, "relative_captions", q.Texts);
            Sentences(w, "contrast_captions", q.Contrasts);
            w.WriteEndObject();
        }
        w.WriteEndArray();
    }

    private static void Images(Utf8JsonWriter w, PlaygroundBenchmark benchmark, int side)
    {
        w.WriteStartObject();
        w.WriteStartArray("images");
        for (int i = 0; i < benchmark.Scenes.Count; i++)
        {
            w.WriteStartObject();
            w.WriteNumber("id", Id(i));
            w.WriteString("file_name", FileName(i));
            w.WriteNumber("height", side);
            w.WriteNumber("width", side);
            w.WriteString("caption", Captions.Of(benchmark.Scenes[i], new((ulong)i, 0), everything: true));
            w.WriteEndObject();
        }
        w.WriteEndArray();
        w.WriteEndObject();
    }

    private static void Ids(Utf8JsonWriter w, string name, int[] places)
    {
        w.WriteStartArray(name);
        foreach (int place in places)
            w.WriteNumberValue(Id(place));
        w.WriteEndArray();
    }

    private static void Sentences(Utf8JsonWriter w, string name, string[] sentences)
    {
        w.WriteStartArray(name);
        foreach (string sentence in sentences)
            w.WriteStringValue(sentence);
        w.WriteEndArray();
    }

    private static void Json(string path, Action<Utf8JsonWriter> write)
    {
        using FileStream file = File.Create(path);
        using Utf8JsonWriter writer = new(file, new() { Indented = true });
        write(writer);
    }
}
