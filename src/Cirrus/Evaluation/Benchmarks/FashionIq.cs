using Cirrus.Methods;

namespace Cirrus.Evaluation.Benchmarks;

/// <summary>FashionIQ: product photographs in three categories, each with a gallery of its own (Wu et al., CVPR 2021; benchmarks: 3).</summary>
internal static class FashionIq
{
    private const string Official = "github.com/XiaoxiaoGuo/fashion-iq", Original = "original", Union = "union";
    private static readonly string[] Folders = ["", "fashioniq", "fashionIQ", "FashionIQ", "fashion-iq", "fashion_iq",
        "data/fashioniq", "data/FashionIQ", "data/fiq"];
    private static readonly string[] Endings = [".jpg", ".png", ".jpeg"];
    private static readonly char[] Trimmed = ['.', '?', ',', ' '];

    private static readonly Category[] Categories = [new("dress", 3817, 2628, 2017), new("shirt", 6346, 3089, 2038), new("toptee", 5373, 2902, 1961)];

    public static BenchmarkSource Source { get; } = new("fashioniq", "product photographs of dresses, shirts and tops", ["val"], Read)
    {
        Protocols = [Original, Union],
    };

    private static Metric Average { get; } = new("avg", "(R@10+R@50)/2", 50, q => (Metric.Recall(10).Of(q) + Metric.Recall(50).Of(q)) / 2);

    private static BenchmarkData Read(BenchmarkRequest request)
    {
        string split = request.Split!, first = $"cap.{Categories[0].Name}.{split}.json";
        string captions = Folders.Any(f => File.Exists(Path.Combine(request.Data, f, "captions", first)))
            || !Folders.Any(f => File.Exists(Path.Combine(request.Data, f, "json", first)))
            ? "captions" : "json";
        string folder = request.Folder(Folders, $"{captions}/{first}", Official);
        bool union = request.Protocol == Union;
        Gathered all = new(folder);
        List<BenchmarkCount> counts = [];
        foreach (Category category in Categories)
        {
            string file = Path.Combine(folder, captions, $"cap.{category.Name}.{split}.json"),
                list = Path.Combine(folder, "image_splits", $"split.{category.Name}.{split}.json");
            (int gallery, int pairs) = all.Add(category.Name, file, list, union);
            counts.Add(new($"{category.Name} pictures", gallery, union ? category.Union : category.Pictures));
            counts.Add(new($"{category.Name} pairs", pairs, category.Pairs));
        }
        Benchmark benchmark = new("fashioniq", split, all.Candidates, [.. all.Pictures.Select(p => p.Name)], ["target"],
            all.Queries, [Metric.Recall(10), Metric.Recall(50), Average]);
        return new(benchmark, Source, $"fashioniq-{split} {request.Protocol}", all.Pictures, all.PictureOf,
            [.. Enumerable.Range(0, all.Pictures.Count)], counts)
        {
            Comparable = !union,
        };
    }

    /// <summary>What the official download has: pictures, pictures that a query names, queries.</summary>
    private sealed record Category(string Name, int Pictures, int Union, int Pairs);

    /// <summary>All categories in one list. A product in two of them is one picture and two candidates.</summary>
    private sealed class Gathered(string folder)
    {
        private readonly Dictionary<string, int> _pictures = new(StringComparer.Ordinal);
        private readonly string[] _folders = LocalPath.Existing([.. Categories
            .SelectMany(c => new[] { $"images/{c.Name}", c.Name }).Prepend("images").Select(f => Path.Combine(folder, f))]);

        public List<string> Candidates { get; } = [];

        public List<int> PictureOf { get; } = [];

        public List<BenchmarkPicture> Pictures { get; } = [];

        public List<BenchmarkQuery> Queries { get; } = [];

        public (int Gallery, int Pairs) Add(string category, string file, string list, bool union)
        {
            using AnnotationFile annotations = AnnotationFile.Open(file, Official), split = AnnotationFile.Open(list, Official);
            HashSet<string>? asked = union ? [.. annotations.Root.List().SelectMany(r => new[] { r.Text("candidate"), r.Text("target") })] : null;
            Dictionary<string, int> places = new(StringComparer.Ordinal);
            foreach (AnnotationRecord id in split.Root.List())
            {
                string name = id.FileBelow();
                if (asked?.Contains(name) == false)
                    continue;
                if (!places.TryAdd(name, Candidates.Count))
                    throw id.Wrong($"{id.Where} is '{name}' once more", "every id once");
                Candidates.Add(name);
                PictureOf.Add(Picture(name));
            }
            int[] among = [.. places.Values.Order()];
            int pairs = 0;
            foreach (AnnotationRecord record in annotations.Root.List())
            {
                int reference = Place(places, record.Field("candidate"), list), target = Place(places, record.Field("target"), list);
                string[] said = [.. record.Field("captions").List().Select(c => c.Text())];
                if (said is not [string a, string b])
                    throw record.Wrong($"{record.Where}, captions has {said.Length} texts", "two, from two annotators");
                Queries.Add(new(PictureOf[reference], reference, BothWays(a.Trim(Trimmed), b.Trim(Trimmed)), [[target]], category, Among: among)
                {
                    Id = $"{category}/{pairs++}",
                    Forms = new Dictionary<CaptionForm, IReadOnlyList<string>>
                    {
                        [CaptionForm.Pic2Word] = [$"{b} and {a}"],
                        [CaptionForm.Annotators] = [a, b],
                    },
                });
            }
            return (among.Length, pairs);
        }

        private static string[] BothWays(string a, string b) => [$"{a} and {b}", $"{b} and {a}"];

        private int Picture(string name)
        {
            if (_pictures.TryAdd(name, Pictures.Count))
                Pictures.Add(new(name, [.. _folders.SelectMany(f => Endings, (f, ending) => Path.Combine(f, name + ending))]));
            return _pictures[name];
        }

        private static int Place(Dictionary<string, int> places, AnnotationRecord id, string list) =>
            places.TryGetValue(id.Text(), out int place) ? place
            : throw id.Wrong($"{id.Where} is '{id.Text()}', which is no picture of {Path.GetFileName(list)}", "only ids of that list");
    }
}
