using System.Globalization;
using Cirrus.Tensors;

namespace Cirrus.Evaluation.Benchmarks;

/// <summary>
/// Object composition on COCO val2017: an object cut out, and the classes that the wanted picture also shows (Pic2Word,
/// CVPR 2023; benchmarks: 6).
/// </summary>
internal static class CocoComposition
{
    private const string Official = "a preparation by github.com/google-research/composed_image_retrieval",
        Csv = "coco_eval.csv", Head = "id,query_regions,query_class,classes";
    private const string Drawn = "draw", Instances = $"annotations/{CocoInstances.Name}";
    private const long Published = 4765;
    private const double LeastArea = 0.05;
    private static readonly string[] Folders = ["", "coco", "COCO", "coco2017", "data/coco"];

    public static BenchmarkSource Source { get; } = new("coco",
        "objects of COCO val2017, wanted in a picture with others named in words", ["val2017"], Read)
    {
        Protocols = ["csv", Drawn],
        Draws = true,
    };

    private static BenchmarkData Read(BenchmarkRequest request)
    {
        bool drawn = request.Protocol == Drawn;
        string folder = request.Folder(Folders, drawn ? Instances : Csv, drawn
            ? CocoInstances.Official
            : $"{Official}; without it, --protocol {Drawn} --seed N draws one from COCO's {CocoInstances.Name}");
        string file = Path.Combine(folder, Instances);
        using AnnotationFile? opened = drawn || File.Exists(file) ? AnnotationFile.Open(file, CocoInstances.Official) : null;
        IReadOnlyList<CocoPicture>? instances = opened is null ? null : CocoInstances.Pictures(opened);
        List<Row> rows = drawn ? Draw(instances!, request.Seed) : OfCsv(folder, instances);
        string protocol = drawn ? string.Create(CultureInfo.InvariantCulture, $"coco draw, seed {request.Seed}") : "coco csv";
        return Build(folder, rows, protocol) with
        {
            Notes = instances is not null || !request.NeedsPictures ? [] : [string.Create(CultureInfo.InvariantCulture,
                $"there is no {file}, so no object can be cut out: the masked pictures of the preparation are used for all {rows.Count} queries")],
        };
    }

    private static BenchmarkData Build(string folder, List<Row> rows, string protocol)
    {
        string[] names = [.. rows.Select(r => r.File)];
        List<BenchmarkQuery> queries = new(rows.Count);
        foreach ((int i, Row row) in rows.Index())
        {
            string others = string.Join(" and ", row.Others);
            queries.Add(new(i, -1, [$"a photo of {row.Class} and {others}"], [[i]], "coco")
            {
                Id = row.File,
                Prompt = $"a photo of $ and {row.Class} and {others}",
            });
        }
        BenchmarkPicture[] pictures =
        [
            .. rows.Select(r => new BenchmarkPicture(r.File, Places(folder, "val2017", r.File))),
            .. rows.Select(r => new BenchmarkPicture($"object of {r.File}",
                Places(folder, r.Object.Mask is null ? "val2017_masked" : "val2017", r.File), r.Object)),
        ];
        int n = rows.Count;
        Benchmark benchmark = new("coco", "val2017", names, names, ["target"], queries,
            [Metric.Recall(1), Metric.Recall(5), Metric.Recall(10), Metric.Recall(50), Metric.Recall(100),
            Metric.MeanRank(n), Metric.MedianRank(n)]);
        return new(benchmark, Source, protocol, pictures, [.. Enumerable.Range(0, n)], [.. Enumerable.Range(n, n)],
            [new("objects", n, Published)]);
    }

    private static string[] Places(string folder, string pictures, string name) =>
        [.. new[] { folder, Path.GetDirectoryName(folder) ?? folder }.Distinct().Select(root => Path.Combine(root, pictures, name))];

    private static string Masked(string folder, string name) => Path.Combine(folder, "val2017_masked", name);

    /// <summary>The rows as found, with outlines where COCO's annotations are at hand and no masked picture is.</summary>
    private static List<Row> OfCsv(string folder, IReadOnlyList<CocoPicture>? instances)
    {
        AnnotationLine[] lines = AnnotationLine.Read(Path.Combine(folder, Csv), Official);
        if (lines.Length == 0 || lines[0].Text.Trim() != Head)
            throw new CirrusException($"'{Path.Combine(folder, Csv)}' does not begin with '{Head}'.",
                hint: $"the official file does; it comes from {Official}");
        Dictionary<string, CocoPicture>? known = instances?.ToDictionary(p => p.File, StringComparer.Ordinal);
        HashSet<string> seen = new(StringComparer.Ordinal);
        List<Row> rows = new(lines.Length - 1);
        foreach (AnnotationLine line in lines.Skip(1))
        {
            if (line.Text.Split(',') is not [var name, var region, { Length: > 0 } query, var others] || name.Length == 0
                || name != Path.GetFileName(name))
                throw line.Wrong($"'{line.Text}' is not of four fields", $"{Head} in every line");
            if (!seen.Add(name))
                throw line.Wrong($"'{name}' is there twice", "every picture once");
            double[] ends = [.. region.Split(';').Select(line.Parse)];
            if (ends.Length != 4 || ends[2] <= ends[0] || ends[3] <= ends[1])
                throw line.Wrong($"the region is '{region}'", "x1;y1;x2;y2 in pixels");
            ObjectMask? mask = known is null || File.Exists(Masked(folder, name)) ? null : Find(line, known.GetValueOrDefault(name), ends, query);
            rows.Add(new(name, query, others.Split(';', StringSplitOptions.RemoveEmptyEntries), new(ends[0], ends[1], ends[2], ends[3], mask)));
        }
        return rows;
    }

    /// <summary>The object of a row: the first of its class with this box.</summary>
    private static ObjectMask Find(AnnotationLine line, CocoPicture? picture, double[] ends, string name)
    {
        const double near = 0.01;
        CocoObject? found = picture?.Objects.FirstOrDefault(o =>
            o.Class == name && Math.Abs(o.Box.X - ends[0]) < near && Math.Abs(o.Box.Y - ends[1]) < near
            && Math.Abs(o.Box.X + o.Box.Width - ends[2]) < near && Math.Abs(o.Box.Y + o.Box.Height - ends[3]) < near);
        return found is not null ? CocoInstances.Mask(picture!, found)
            : throw line.Wrong($"{CocoInstances.Name} has no such {name} in that picture", "objects of COCO val2017 alone");
    }

    /// <summary>
    /// An object a picture by the published rules, drawn with a seed: of n candidates that which
    /// <c>Philox(seed, 0xC0C0).Integer(picture's id, n)</c> names.
    /// </summary>
    /// <remarks>The lower bound of the area is 0.05 square pixels, which seems to have been meant as 5 % of the picture (benchmarks: 6.2).</remarks>
    private static List<Row> Draw(IReadOnlyList<CocoPicture> instances, ulong seed)
    {
        Philox random = new(seed, 0xC0C0);
        List<Row> rows = [];
        foreach (CocoPicture picture in instances)
        {
            double most = 0.5 * picture.Width * picture.Height;
            CocoObject[] candidates = [.. picture.Objects.Where(o => o.Box.Width * o.Box.Height is > LeastArea and var area && area < most)];
            if (candidates.Length == 0)
                continue;
            CocoObject drawn = candidates[random.Integer((ulong)picture.Id, candidates.Length)];
            string[] others = [.. picture.Objects.Select(o => o.Class).Distinct().Where(c => c != drawn.Class)];
            CocoBox box = drawn.Box;
            rows.Add(new(picture.File, drawn.Class, others,
                new(box.X, box.Y, box.X + box.Width, box.Y + box.Height, CocoInstances.Mask(picture, drawn))));
        }
        return rows;
    }

    /// <param name="Others">the other classes of the picture.</param>
    private sealed record Row(string File, string Class, string[] Others, ObjectView Object);
}
