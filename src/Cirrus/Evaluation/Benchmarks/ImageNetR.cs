using System.Globalization;
using Cirrus.Methods;

namespace Cirrus.Evaluation.Benchmarks;

/// <summary>
/// Domain conversion, ImageNet to ImageNet-R: 10,000 photographs, each asked for as four kinds of picture (Pic2Word,
/// CVPR 2023; benchmarks: 5).
/// </summary>
internal static class ImageNetR
{
    private const string Official = "github.com/google-research/composed_image_retrieval, data/imgnet.zip",
        QueryList = "imgnet_real_query.txt", TargetList = "imgnet_targets.txt";
    private const string Root = "imgnet/";
    private const int PerDomain = 1000, Photograph = 6;
    private static readonly string[] Folders = ["", "imgnet", "data/imgnet", "imagenet-r"];

    /// <summary>In the order of labels, with the number of pictures that the official list has and the instruction of CompoDiff's paper (methods: 5.8).</summary>
    private static readonly (string Name, int Published, string Instruction)[] Domains =
        [("cartoon", 3726, "as a cartoon, drawing"), ("origami", 550, "as an origami"), ("toy", 1511, "as a toy, plastic model"), ("sculpture", 1196, "as a sculpture")];

    public static BenchmarkSource Source { get; } = new("imagenet-r",
        "photographs of ImageNet, wanted as cartoon, origami, toy or sculpture", ["val"], Read);

    private static BenchmarkData Read(BenchmarkRequest request)
    {
        string folder = request.Folder(Folders, QueryList, Official);
        Entry[] asked = Entries(folder, QueryList), gallery = Entries(folder, TargetList);
        Dictionary<string, int> places = gallery.Select((e, i) => (e.Path, i)).ToDictionary(p => p.Path, p => p.i, StringComparer.Ordinal);
        BenchmarkPicture[] pictures = [.. gallery.Concat(asked.Where(e => !places.ContainsKey(e.Path))).Select(e =>
            new BenchmarkPicture(e.Path, Places(folder, e.Path)))];
        int[] references = [.. pictures.Index().ToDictionary(p => p.Item.Name, p => p.Index, StringComparer.Ordinal) is var known
            ? asked.Select(e => known[e.Path]) : []];
        Dictionary<int, int[]> byLabel = gallery.Select((e, i) => (e.Label, i)).GroupBy(p => p.Label)
            .ToDictionary(g => g.Key, g => g.Select(p => p.i).ToArray());
        List<BenchmarkQuery> queries = new(Domains.Length * asked.Length);
        foreach ((int d, (string domain, _, string instruction)) in Domains.Index())
        {
            // Ten thousand queries share words, and those of a class its targets.
            string[] captions = [$"a {domain} of"];
            string prompt = $"a {domain} of $";
            Dictionary<CaptionForm, IReadOnlyList<string>> forms = new() { [CaptionForm.Annotators] = [instruction] };
            Dictionary<int, int[][]> targets = [];
            foreach ((int i, Entry e) in asked.Index())
            {
                if (!targets.TryGetValue(e.Label, out int[][]? right))
                    targets.Add(e.Label, right = [byLabel.GetValueOrDefault((PerDomain * d) + e.Label) ?? []]);
                queries.Add(new(i, places.GetValueOrDefault(e.Path, -1), captions, right, domain)
                {
                    Id = string.Create(CultureInfo.InvariantCulture, $"{domain}/{i}"),
                    Prompt = prompt,
                    Forms = forms,
                });
            }
        }
        Benchmark benchmark = new("imagenet-r", "val", [.. gallery.Select(e => e.Path)], [.. asked.Select(e => e.Path)], ["target"], queries,
            [Metric.Share(10), Metric.Share(50), Metric.Precision(10, gallery.Length), Metric.Precision(50, gallery.Length),
                Metric.AnyHit(10), Metric.AnyHit(50)]);
        return new(benchmark, Source, "imagenet-r", pictures, [.. Enumerable.Range(0, gallery.Length)], references,
        [
            new("photographs asked about", asked.Length, 10000), new("pictures", gallery.Length, 16983),
            .. Domains.Select((d, i) => new BenchmarkCount($"{d.Name} pictures", gallery.Count(e => e.Label / PerDomain == i), d.Published)),
            new("photographs among the pictures", gallery.Count(e => e.Label / PerDomain == Photograph), 10000),
        ]);
    }

    /// <summary>"imgnet/real/n04086273/ILSVRC2012_val_00015728.JPEG 2 ": path and label.</summary>
    private static Entry[] Entries(string folder, string list)
    {
        AnnotationLine[] lines = AnnotationLine.Read(Path.Combine(folder, list), Official);
        Entry[] entries = new Entry[lines.Length];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach ((int i, AnnotationLine line) in lines.Index())
        {
            string[] parts = line.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length != 2 || !parts[0].StartsWith(Root, StringComparison.Ordinal) || !LocalPath.StaysInside(parts[0])
                || parts[0].Length == Root.Length
                || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int label))
                throw line.Wrong($"'{line.Text}' is not a path and a label", $"lines like '{Root}real/n04086273/ILSVRC2012_val_00015728.JPEG 2'");
            if (list == QueryList && label >= PerDomain)
                throw line.Wrong($"the label is {label}", "labels below 1000 in this list");
            entries[i] = seen.Add(parts[0]) ? new(parts[0], label) : throw line.Wrong($"'{parts[0]}' is there twice", "every picture once");
        }
        return entries;
    }

    /// <summary>Paths begin with the name of the folder that holds the lists, whatever it is called here.</summary>
    private static string[] Places(string folder, string path)
    {
        string[] places = [Path.Combine(folder, path[Root.Length..]), Path.Combine(Path.GetDirectoryName(folder) ?? folder, path), Path.Combine(folder, path)];
        return [.. places.Select(Path.GetFullPath).Distinct()];
    }

    private sealed record Entry(string Path, int Label);
}
