using System.Globalization;
using System.Text.Json;
using Cirrus.Gallery;
using Cirrus.Tensors;

namespace Cirrus.Evaluation.Benchmarks;

/// <summary>A user's own pictures and questions (docs/formats.md, Own benchmarks).</summary>
internal static class Custom
{
    private const string Lines = "queries.jsonl", Whole = "queries.json", List = "gallery.txt", NoFamily = "other";
    private static readonly string[] HeaderFields = ["drop_reference", "gallery"],
        Fields = ["id", "image", "text", "targets", "subset", "family", "aspects"];
    private static readonly Metric[] Metrics = [Metric.Recall(1), Metric.Recall(5), Metric.Recall(10), Metric.Recall(50),
        Metric.MeanAveragePrecision(10)];
    private static readonly Metric[] SubsetMetrics = [Metric.SubsetRecall(1), Metric.SubsetRecall(2), Metric.SubsetRecall(3)];

    public static BenchmarkSource Source { get; } = new("custom", "your own pictures and questions", ["all"], Read);

    private static BenchmarkData Read(BenchmarkRequest request)
    {
        string folder = Path.GetFullPath(request.Data);
        string[] there = [.. new[] { Lines, Whole }.Where(f => File.Exists(Path.Combine(folder, f)))];
        if (there.Length > 0)
            request.Found?.Invoke();
        if (there is not [string name])
            throw new CirrusException(
                $"'{request.Data}' has {(there.Length == 0 ? "neither" : "both")} {Lines} {(there.Length == 0 ? "nor" : "and")} {Whole}.",
                hint: "name a folder with one of them: --data DIR; docs/formats.md describes the files");
        using AnnotationFile file = name == Lines ? AnnotationFile.OpenLines(Path.Combine(folder, name))
            : AnnotationFile.Open(Path.Combine(folder, name), null);
        (AnnotationRecord? header, AnnotationRecord[] records) = Parts(file, name == Lines);
        header?.Only(name == Lines ? HeaderFields : [.. HeaderFields, "queries"]);
        bool drop = header?.Optional("drop_reference")?.Flag() ?? false;
        CustomPictures pictures = new(folder, Gallery(folder, header?.Optional("gallery")));
        List<BenchmarkQuery> queries = [];
        HashSet<string> ids = [];
        foreach (AnnotationRecord record in records)
        {
            BenchmarkQuery query = Query(record, pictures, queries.Count, drop);
            if (!ids.Add(query.Id))
                throw record.Wrong($"{record.Where} has the id '{query.Id}' of an earlier one", "every id once");
            if (queries.Count > 0 && query.Subset is null != queries[0].Subset is null)
                throw record.Wrong(
                    $"{record.Where} {(query.Subset is null ? "lacks a subset, and earlier queries have one" : "has a subset, and earlier queries have none")}",
                    "a subset for every query or for none");
            queries.Add(query);
        }
        Benchmark benchmark = new("custom", "all", pictures.Candidates, pictures.References, ["target"], queries,
            queries is [{ Subset: not null }, ..] ? [.. Metrics, .. SubsetMetrics] : Metrics)
        {
            DropReference = drop,
            Aspects = [.. queries.SelectMany(q => q.Aspects).Distinct()],
        };
        return new(benchmark, Source, $"custom, {Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))}", pictures.All,
            [.. Enumerable.Range(0, pictures.Candidates.Count)], pictures.PictureOfReference,
            [new("pictures", pictures.Candidates.Count, null), new("reference pictures outside the gallery",
                pictures.All.Count - pictures.Candidates.Count, null), new("queries", queries.Count, null)]);
    }

    /// <summary>The header, where there is one, and the queries: a line each, a list, or a list in an object.</summary>
    private static (AnnotationRecord? Header, AnnotationRecord[] Records) Parts(AnnotationFile file, bool lines)
    {
        if (!lines)
            return file.Root.Has("queries") ? (file.Root, [.. file.Root.Field("queries").List()]) : (null, [.. file.Root.List()]);
        AnnotationRecord[] all = [.. file.Lines];
        return all is [AnnotationRecord first, ..] && (first.Has("drop_reference") || first.Has("gallery")) ? (first, all[1..]) : (null, all);
    }

    private static BenchmarkQuery Query(AnnotationRecord record, CustomPictures pictures, int number, bool drop)
    {
        record.Only(Fields);
        (int reference, int itself) = pictures.Reference(record.Field("image"));
        int[] targets = pictures.Candidate(record.Field("targets"));
        if (targets.Length == 0)
            throw record.Wrong($"{record.Where}, targets is empty", "at least one right answer");
        if (drop && targets.Contains(itself))
            throw record.Wrong($"{record.Where} has its own picture among the targets",
                "other targets, for drop_reference takes it out of the ranking");
        int[]? subset = record.Optional("subset") is { } members ? pictures.Candidate(members) : null;
        if (subset is not null && !targets.Any(subset.Contains))
            throw record.Wrong($"{record.Where}, subset has none of the targets", "one of them in it");
        AnnotationRecord text = record.Field("text");
        return new(reference, itself, text.Element.ValueKind == JsonValueKind.Array ? Names(text) : [Name(text)], [targets],
            record.Optional("family") is { } family ? Family(family) : NoFamily, Subset: subset)
        {
            Id = record.Optional("id") is { } id ? Name(id, id.Id()) : number.ToString(CultureInfo.InvariantCulture),
            Aspects = record.Optional("aspects") is { } aspects ? Names(aspects) : [],
        };
    }

    private static string[] Names(AnnotationRecord list)
    {
        string[] names = [.. list.List().Select(n => Name(n))];
        return names.Length > 0 && names.Distinct().Count() == names.Length
            ? names : throw list.Wrong($"{list.Where} is empty or has a text twice", "each once");
    }

    private static string Name(AnnotationRecord value, string? text = null) => string.IsNullOrWhiteSpace(text ?? value.Text())
        ? throw value.Wrong($"{value.Where} is blank", "a text") : text ?? value.Text();

    /// <summary>Families and their mean stand in one column of the results.</summary>
    private static string Family(AnnotationRecord value) =>
        Name(value) is string name && name != ScoreRow.All && !name.Contains(',', StringComparison.Ordinal)
        && !name.StartsWith(ScoreRow.AspectOf, StringComparison.Ordinal) ? name
        : throw value.Wrong($"{value.Where} is '{value.Text()}'",
            $"a name without a comma that is not '{ScoreRow.All}' and does not begin with '{ScoreRow.AspectOf}'");

    /// <summary>Ids and paths: of a list (a path a line, or an id, a tab and a path), or of all pictures of a folder.</summary>
    private static IReadOnlyList<(string Id, string Path)> Gallery(string folder, AnnotationRecord? named)
    {
        string? below = named?.FileBelow();
        string place = Path.Combine(folder, below ?? List);
        if (File.Exists(place))
            return [.. File.ReadLines(place).Index().Where(l => !string.IsNullOrWhiteSpace(l.Item)).Select(l => Entry(place, l.Index + 1, l.Item))];
        if (below is not null && !Directory.Exists(place))
            throw named!.Value.Wrong($"{named.Value.Where} is '{below}', which is neither a file nor a folder",
                "a list of pictures, or a folder of them");
        return [.. PictureFiles.Under(below is null ? folder : place, new([]))
            .Select(f => Path.GetRelativePath(folder, f.FullPath).Replace('\\', '/')).Select(p => (p, p))];
    }

    private static (string Id, string Path) Entry(string list, int number, string line)
    {
        string[] parts = line.Split('\t');
        string path = parts[^1].StartsWith("./", StringComparison.Ordinal) ? parts[^1][2..] : parts[^1];
        return parts.Length <= 2 && LocalPath.StaysInside(path) && !string.IsNullOrWhiteSpace(parts[0]) ? (parts.Length == 2 ? parts[0] : path, path)
            : throw new CirrusException($"'{list}', line {number} names no picture inside the folder.",
                hint: "wanted: a path relative to --data, or an id, a tab and the path");
    }
}
