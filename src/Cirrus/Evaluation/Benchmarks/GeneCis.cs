using System.Globalization;

namespace Cirrus.Evaluation.Benchmarks;

/// <summary>
/// GeneCIS: focus on or change an attribute or object, among ten or fifteen pictures a query (Vaze et al., CVPR 2023;
/// benchmarks: 4).
/// </summary>
internal static class GeneCis
{
    private const string Official = "github.com/facebookresearch/genecis, folder genecis", Released = "as-released";
    private static readonly string[] Folders = ["", "genecis", "GeneCIS", "data/genecis"];
    private static readonly string[] GenomeFolders = ["VG_100K_all", "VG_100K", "VG_100K_2", "VG_All", "vg/VG_100K",
        "vg/VG_100K_2", "visual_genome/VG_100K", "visual_genome/VG_100K_2"];
    private static readonly string[] CocoFolders = ["val2017", "coco/val2017", "COCO/val2017", "coco2017/val2017"];

    private static readonly Task[] Tasks = [new("focus_attribute", 2000, 10), new("change_attribute", 2112, 15),
        new("focus_object", 1960, 15), new("change_object", 1960, 15)];

    public static BenchmarkSource Source { get; } = new("genecis",
        "same or changed attributes and objects, among ten or fifteen pictures a query", ["v0"], Read)
    {
        Protocols = ["published", Released],
        Terms = "GeneCIS' annotations are under CC BY-NC 4.0: for non-commercial use only.",
    };

    private static BenchmarkData Read(BenchmarkRequest request)
    {
        string folder = request.Folder(Folders, $"{Tasks[0].Name}.json", Official);
        Shelf shelf = new([folder, Path.GetDirectoryName(folder) ?? folder, Path.GetFullPath(request.Data)]);
        List<BenchmarkQuery> queries = [];
        List<string> names = [];
        List<int> candidates = [], references = [];
        Dictionary<int, int> rows = [];
        foreach (Task task in Tasks)
        {
            using AnnotationFile file = AnnotationFile.Open(Path.Combine(folder, $"{task.Name}.json"), Official);
            foreach ((int number, AnnotationRecord record) in file.Root.List().Index())
            {
                string id = string.Create(CultureInfo.InvariantCulture, $"{task.Name}/{number}"), condition = record.Text("condition");
                int reference = shelf.Add(task, record.Field("reference")), first = names.Count;
                int[] gallery = [shelf.Add(task, record.Field("target")), .. record.Field("gallery").List().Select(g => shelf.Add(task, g))];
                if (gallery.Length != task.Gallery)
                    throw record.Wrong($"{record.Where} has {gallery.Length - 1} pictures in its gallery", $"{task.Gallery - 1} beside the target");
                int row = rows.TryGetValue(reference, out int known) ? known : rows[reference] = rows.Count;
                if (row == references.Count)
                    references.Add(reference);
                candidates.AddRange(gallery);
                names.AddRange(gallery.Select(g => shelf.Pictures[g].Name));
                int itself = Array.IndexOf(gallery, reference);
                // A place a position: what is right is the position, and a picture may hold two. The target is first, so that ties go to it.
                queries.Add(new(row, itself < 0 ? -1 : first + itself,
                    [request.Protocol == Released && task.OfObjects ? "0" : condition], [[first]], task.Name,
                    Among: [.. Enumerable.Range(first, gallery.Length)])
                { Id = id });
            }
        }
        Benchmark benchmark = new("genecis", "v0", names, [.. references.Select(r => shelf.Pictures[r].Name)], ["target"], queries,
            [Metric.Recall(1), Metric.Recall(2), Metric.Recall(3)])
        {
            Depth = Tasks.Max(t => t.Gallery),
        };
        string protocol = request.Protocol == Released ? "genecis as-released (object tasks asked with the text 0)" : "genecis";
        return new(benchmark, Source, protocol, shelf.Pictures, candidates, references,
        [
            .. Tasks.Select(t => new BenchmarkCount($"{t.Name} queries", queries.Count(q => q.Family == t.Name), t.Published)),
            new("pictures of Visual Genome", shelf.Genome, 23640), new("pictures of COCO val2017", shelf.Coco, 3033),
        ])
        {
            ByPosition = true,
        };
    }

    /// <param name="Published">queries.</param>
    /// <param name="Gallery">candidates of a query, the target among them.</param>
    private sealed record Task(string Name, int Published, int Gallery)
    {
        public bool OfObjects => Name.EndsWith("object", StringComparison.Ordinal);
    }

    /// <summary>Pictures as they are met, each once: by file and crop.</summary>
    private sealed class Shelf(IReadOnlyList<string> roots)
    {
        private readonly Dictionary<string, int> _known = new(StringComparer.Ordinal);
        private readonly HashSet<long> _genome = [], _coco = [];
        private readonly string[] _roots = [.. roots.Distinct()];

        public List<BenchmarkPicture> Pictures { get; } = [];

        /// <summary>Files met, whatever the crops.</summary>
        public int Genome => _genome.Count;

        public int Coco => _coco.Count;

        /// <summary>The place of a record's picture among all.</summary>
        public int Add(Task task, AnnotationRecord record)
        {
            long id = Number(record.Field(task.OfObjects ? "val_image_id" : "image_id"));
            (task.OfObjects ? _coco : _genome).Add(id);
            BoxView? box = task.OfObjects ? null : Box(record.Field("instance_bbox"));
            string name = string.Create(CultureInfo.InvariantCulture, $"{(box is null ? "coco" : "vg")}/{id}");
            if (box is not null)
                name = string.Create(CultureInfo.InvariantCulture, $"{name} {box.X} {box.Y} {box.Width} {box.Height}");
            if (_known.TryGetValue(name, out int place))
                return place;
            string file = box is null ? string.Create(CultureInfo.InvariantCulture, $"{id:D12}.jpg")
                : string.Create(CultureInfo.InvariantCulture, $"{id}.jpg");
            Pictures.Add(new(name, [.. _roots.SelectMany(r =>
                (box is null ? CocoFolders : GenomeFolders).Select(f => Path.GetFullPath(Path.Combine(r, f, file))))], box));
            return _known[name] = Pictures.Count - 1;
        }

        /// <summary>Ids are text in the attribute tasks and numbers in the others.</summary>
        private static long Number(AnnotationRecord id) =>
            long.TryParse(id.Id(), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number
            : throw id.Wrong($"{id.Where} is '{id.Id()}'", "numbers of pictures, like 2316576");

        private static BoxView Box(AnnotationRecord box)
        {
            double[] ends = [.. box.List().Select(e => e.Number())];
            return ends.Length == 4 && ends[2] > 0 && ends[3] > 0 ? new(ends[0], ends[1], ends[2], ends[3])
                : throw box.Wrong($"{box.Where} is [{string.Join(", ", ends.Select(e => e.ToString(CultureInfo.InvariantCulture)))}]",
                    "left, top, width and height");
        }
    }
}
