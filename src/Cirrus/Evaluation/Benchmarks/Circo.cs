using System.Globalization;
using Cirrus.Tensors;

namespace Cirrus.Evaluation.Benchmarks;

/// <summary>CIRCO: 123,403 unlabelled photographs of COCO, several right answers a query (Baldrati et al., ICCV 2023; benchmarks: 2).</summary>
/// <remarks>
/// The gallery is COCO's list. Where that is missing and no picture is needed, a stand-in takes its place: the ids that the annotations
/// name, ascending, then made-up ones (from 1,000,000, which COCO does not reach) until there are as many pictures as COCO has.
/// </remarks>
internal static class Circo
{
    private const string Official = "github.com/miccunifi/CIRCO", List = "image_info_unlabeled2017.json", Photographs = "unlabeled2017";
    private const string OfficialList =
        "COCO, images.cocodataset.org/annotations/image_info_unlabeled2017.zip (and the pictures: images.cocodataset.org/zips/unlabeled2017.zip)";
    private const int Published = 123403, MadeUp = 1_000_000;
    private static readonly string[] Folders = ["", "circo", "CIRCO", "data/circo", "data/CIRCO"];
    private static readonly string[] Around = ["COCO2017_unlabeled", "", "..", "../COCO2017_unlabeled"];

    private static readonly string[] Aspects = ["cardinality", "addition", "negation", "direct_addressing", "compare_change", "comparative_statement",
        "statement_with_conjunction", "spatial_relations_background", "viewpoint"];

    public static BenchmarkSource Source { get; } = new("circo",
        "photographs of COCO with several right answers; those of test are on the authors' server", ["val", "test"], Read)
    {
        Terms = "CIRCO's annotations are for non-commercial use (CC BY-NC 4.0)",
    };

    private static Metric[] Metrics { get; } = [.. new[] { 5, 10, 25, 50 }.Select(Metric.MeanAveragePrecision),
        .. new[] { 5, 10, 25, 50 }.Select(Metric.Recall)];

    private static BenchmarkData Read(BenchmarkRequest request)
    {
        string split = request.Split!, annotations = $"annotations/{split}.json", folder = request.Folder(Folders, annotations, Official);
        bool val = split == "val";
        using AnnotationFile file = AnnotationFile.Open(Path.Combine(folder, annotations), Official);
        string? list = Around.Select(f => Path.GetFullPath(Path.Combine(folder, f))).SelectMany(f =>
            new[] { Path.Combine(f, "annotations", List), Path.Combine(f, List) })
            .FirstOrDefault(File.Exists);
        if (list is null && request.NeedsPictures)
            throw new CirrusException($"'{folder}' has no COCO2017_unlabeled/annotations/{List}, which is the gallery.",
                hint: $"it comes from {OfficialList}; without it only rehearsals are possible: --synthetic-features SEED");
        (BenchmarkPicture[] pictures, string? note) = list is null ? StandIn(file, val) : (Gallery(folder, list), null);
        Dictionary<string, int> places = pictures.Select((p, i) => (p.Name, i)).ToDictionary(p => p.Name, p => p.i, StringComparer.Ordinal);
        BenchmarkQuery[] queries = [.. file.Root.List().Select(r => Query(r, places, val))];
        HashSet<string> ids = [];
        foreach ((BenchmarkQuery query, AnnotationRecord record) in queries.Zip(file.Root.List()))
            if (!ids.Add(query.Id))
                throw record.Wrong($"{record.Where} has the id {query.Id} of an earlier one", "every id once");
        string[] names = [.. pictures.Select(p => p.Name)];
        int[] all = [.. Enumerable.Range(0, names.Length)];
        Benchmark benchmark = new("circo", split, names, names, val ? ["target"] : [], queries, val ? Metrics : [])
        {
            Depth = 50,
            Aspects = val ? Aspects : [],
        };
        return new(benchmark, Source, note is null ? $"circo-{split}" : $"circo-{split}, stand-in gallery", pictures, all, all,
        [
            new(note is null ? "pictures" : "pictures of the stand-in gallery", names.Length, note is null ? Published : null),
            new("queries", queries.Length, val ? 220 : 800),
            new("reference pictures", queries.Select(q => q.Reference).Distinct().Count(), val ? 220 : 798), .. val
            ? [new BenchmarkCount("right answers", queries.Sum(q => q.Targets[0].Length), 916)] : (BenchmarkCount[])[],
        ])
        {
            GalleryKnown = note is null,
            ProtocolOfRankings = $"circo-{split}",
            Comparable = note is null,
            Notes = note is null ? [] : [note],
        };
    }

    private static BenchmarkQuery Query(AnnotationRecord record, Dictionary<string, int> places, bool val)
    {
        int reference = Place(places, record.Field("reference_img_id"));
        return new(reference, reference, [record.Text("relative_caption")], val ? [Targets(record, places)] : [], "circo")
        {
            Id = Text(record.Whole("id")),
            Aspects = val && record.Optional("semantic_aspects") is { } aspects ? [.. aspects.List().Select(Aspect).Distinct()] : [],
        };
    }

    /// <summary>The right answers, the one that recall asks for first.</summary>
    private static int[] Targets(AnnotationRecord record, Dictionary<string, int> places)
    {
        int target = Place(places, record.Field("target_img_id"));
        int[] right = [.. record.Field("gt_img_ids").List().Select(r => Place(places, r))];
        if (!right.Contains(target))
            throw record.Wrong($"{record.Where}, gt_img_ids lacks the target_img_id {record.Whole("target_img_id")}",
                "the target among the right answers");
        return right.Distinct().Count() == right.Length ? [target, .. right.Where(r => r != target)]
            : throw record.Wrong($"{record.Where}, gt_img_ids has an id twice", "every right answer once");
    }

    private static string Aspect(AnnotationRecord name) => Aspects.Contains(name.Text()) ? name.Text()
        : throw name.Wrong($"{name.Where} is the unknown aspect '{name.Text()}'", string.Join(", ", Aspects));

    /// <summary>COCO's list, in its order.</summary>
    private static BenchmarkPicture[] Gallery(string folder, string list)
    {
        string[] folders = LocalPath.Existing([.. Around.Select(f => Path.GetFullPath(Path.Combine(folder, f, Photographs)))]);
        using AnnotationFile file = AnnotationFile.Open(list, OfficialList);
        List<BenchmarkPicture> pictures = [];
        HashSet<long> ids = [];
        foreach (AnnotationRecord record in file.Root.Field("images").List())
        {
            long id = record.Whole("id");
            if (!ids.Add(id))
                throw record.Wrong($"{record.Where} has the id {id} of an earlier one", "every id once");
            string name = record.Field("file_name").FileBelow();
            pictures.Add(new(Text(id), [.. folders.Select(f => Path.Combine(f, name))]));
        }
        return [.. pictures];
    }

    private static (BenchmarkPicture[] Pictures, string Note) StandIn(AnnotationFile file, bool val)
    {
        SortedSet<long> named = [.. file.Root.List().SelectMany(r => val
            ? [r.Whole("reference_img_id"), r.Whole("target_img_id"), .. r.Field("gt_img_ids").List().Select(t => t.Whole())]
            : (long[])[r.Whole("reference_img_id")])];
        IEnumerable<long> madeUp = Enumerable.Range(MadeUp, Published + named.Count).Select(i => (long)i)
            .Where(i => !named.Contains(i)).Take(Math.Max(0, Published - named.Count));
        return ([.. named.Concat(madeUp).Select(id => new BenchmarkPicture(Text(id), []))],
            string.Create(CultureInfo.InvariantCulture,
                $"{List} is missing: the gallery is a stand-in, the {named.Count:N0} ids that the annotations name and made-up "
                    + $"ones up to {Published:N0}; results are not CIRCO's"));
    }

    private static int Place(Dictionary<string, int> places, AnnotationRecord id) => places.TryGetValue(Text(id.Whole()), out int place) ? place
        : throw id.Wrong($"{id.Where} is {id.Whole()}, which is no picture of {List}", "only ids of that list");

    private static string Text(long id) => id.ToString(CultureInfo.InvariantCulture);
}
