using System.Globalization;
using Cirrus.Methods;

namespace Cirrus.Evaluation.Benchmarks;

/// <summary>CIRR: 2,297 photographs of NLVR2, 4,181 changes, groups of six similar pictures (Liu et al., ICCV 2021; benchmarks: 1).</summary>
internal static class Cirr
{
    private const string Official = "github.com/Cuberick-Orion/CIRR, branch cirr_dataset", Published = "published", Pic2Word = "pic2word";
    private static readonly string[] Folders = ["", "cirr", "CIRR", "data/cirr"];

    public static BenchmarkSource Source { get; } = new("cirr",
        "photographs of everyday scenes; the answers of test1 are on the authors' server", ["val", "test1"], Read)
    {
        Protocols = [Published, Pic2Word],
    };

    /// <summary>What papers print; the mean of R@5 and R_subset@1 is often quoted beside it.</summary>
    private static Metric[] Usual { get; } =
    [
        Metric.Recall(1), Metric.Recall(5), Metric.Recall(10), Metric.Recall(50),
        Metric.SubsetRecall(1), Metric.SubsetRecall(2), Metric.SubsetRecall(3),
        new("avg", "(R@5+R_subset@1)/2", 5, q => (Metric.Recall(5).Of(q) + Metric.SubsetRecall(1).Of(q)) / 2),
    ];

    /// <summary>What Pic2Word's evaluator prints: a cut more, and no subsets (benchmarks: 1.3).</summary>
    private static Metric[] OfPic2Word { get; } =
        [Metric.Recall(1), Metric.Recall(5), Metric.Recall(10), Metric.Recall(50), Metric.Recall(100)];

    private static BenchmarkData Read(BenchmarkRequest request)
    {
        string split = request.Split!, captions = $"captions/cap.rc2.{split}.json";
        string folder = request.Folder(Folders, captions, Official);
        (string[] names, BenchmarkPicture[] pictures) = Gallery(folder, split);
        Dictionary<string, int> places = names.Select((n, i) => (n, i)).ToDictionary(p => p.n, p => p.i, StringComparer.Ordinal);
        using AnnotationFile file = AnnotationFile.Open(Path.Combine(folder, captions), Official);
        bool val = split == "val", pic2Word = request.Protocol == Pic2Word;
        List<BenchmarkQuery> queries = [];
        HashSet<string> ids = [];
        HashSet<long> sets = [];
        foreach (AnnotationRecord record in file.Root.List())
        {
            int reference = Place(places, record.Field("reference"), split);
            string id = record.Whole("pairid").ToString(CultureInfo.InvariantCulture);
            if (!ids.Add(id))
                throw record.Wrong($"{record.Where} has the pairid {id} of an earlier one", "every pairid once");
            int[][] targets = val ? [[Place(places, record.Field("target_hard"), split)]] : [];
            int[] group = Group(places, record, split, [reference, .. targets.SelectMany(t => t)]);
            sets.Add(record.Field("img_set").Whole("id"));
            string caption = record.Text("caption");
            queries.Add(new(reference, reference, [caption], targets, "cirr", Subset: group) { Id = id, Prompt = PromptOf(caption) });
        }
        Benchmark benchmark = new("cirr", split, names, names, val ? ["target"] : [], queries,
            !val ? [] : pic2Word ? OfPic2Word : Usual)
        {
            DropReference = true,
            Depth = 50,
        };
        int[] all = [.. Enumerable.Range(0, names.Length)];
        return new(benchmark, Source, $"cirr-{split}{(pic2Word ? " " + Pic2Word : "")}", pictures, all, all,
        [
            new("pictures", names.Length, val ? 2297 : 2315), new("pairs", queries.Count, val ? 4181 : 4148),
            new("reference pictures", queries.Select(q => q.Reference).Distinct().Count(), val ? 2165 : 2178), new("picture sets", sets.Count, 503),
        ]);
    }

    /// <summary>Blank words are none elsewhere; published code puts them into the sentence too (pair 27098 of test1).</summary>
    private static string? PromptOf(string caption) =>
        string.IsNullOrWhiteSpace(caption) ? PromptTemplates.Say(PromptTemplates.Papers, caption) : null;

    /// <summary>The group, which holds reference and target, two different pictures.</summary>
    private static int[] Group(Dictionary<string, int> places, AnnotationRecord record, string split, int[] inside)
    {
        AnnotationRecord members = record.Field("img_set").Field("members");
        int[] group = [.. members.List().Select(m => Place(places, m, split))];
        if (group.Distinct().Count() != group.Length)
            throw members.Wrong($"{members.Where} has a picture twice", "every member once");
        if (inside.Distinct().Count() != inside.Length)
            throw record.Wrong($"{record.Where} has its reference as target_hard", "two different pictures");
        return inside.All(group.Contains)
            ? group : throw members.Wrong($"{members.Where} lacks the reference or the target", "both among the members");
    }

    private static (string[] Names, BenchmarkPicture[] Pictures) Gallery(string folder, string split)
    {
        using AnnotationFile file = AnnotationFile.Open(Path.Combine(folder, "image_splits", $"split.rc2.{split}.json"), Official);
        (string Name, string Path)[] entries = [.. file.Root.Fields().Select(f => (f.Name, f.Value.FileBelow()))];
        if (entries.GroupBy(e => e.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw file.Root.Wrong($"'{twice.Key}' is there twice", "every picture once");
        return ([.. entries.Select(e => e.Name)], [.. entries.Select(e => new BenchmarkPicture(e.Name, Places(folder, e.Path)))]);
    }

    /// <summary>
    /// The three layouts in use: img_raw beside the captions; the folder itself; the folder above. Train pictures also
    /// without their sub-folder.
    /// </summary>
    private static string[] Places(string folder, string path)
    {
        string flat = Path.Combine(path[..Math.Max(0, path.IndexOf('/', StringComparison.Ordinal))], Path.GetFileName(path));
        string[] roots = [Path.Combine(folder, "img_raw"), folder, Path.GetDirectoryName(folder) ?? folder];
        return [.. roots.SelectMany(root => new[] { path, flat }.Distinct().Select(p => Path.Combine(root, p)))];
    }

    private static int Place(Dictionary<string, int> places, AnnotationRecord name, string split) =>
        places.TryGetValue(name.Text(), out int place) ? place
        : throw name.Wrong($"{name.Where} is '{name.Text()}', which is no picture of image_splits/split.rc2.{split}.json", "only names of that list");
}
