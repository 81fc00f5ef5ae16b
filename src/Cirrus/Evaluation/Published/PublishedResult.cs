using System.Globalization;
using System.Text.Json;

namespace Cirrus.Evaluation.Published;

/// <summary>A number as it was printed, in percent.</summary>
/// <param name="Text">with the decimals it was printed with.</param>
/// <param name="Source">how we came by it: "file" was read in a paper, a README or a table; "mem" is remembered and not
/// read again; "calc" is computed.</param>
public sealed record PublishedValue(string Text, string Source)
{
    public const string Remembered = "mem";

    public double Percent => double.Parse(Text, CultureInfo.InvariantCulture);
}

/// <summary>What a paper says a method reaches on a benchmark (methods: 8).</summary>
/// <param name="Benchmark">as <see cref="Benchmarks.BenchmarkSource.Name"/>.</param>
/// <param name="Split">of the published numbers, which need not be the split that is evaluated here.</param>
/// <param name="Backbone">as <see cref="Clip.ClipSizes"/> names it; "" where none is needed (chance).</param>
/// <param name="Method">as the paper calls it.</param>
/// <param name="Ours">the method here that is the same; "" when there is none.</param>
/// <param name="Kind">"zero-shot", "supervised", or "" for neither.</param>
/// <param name="Values">by family ("all" for the mean of families) and <see cref="Metric.Key"/>.</param>
/// <param name="Paper">where the method was published, which need not be where the number was printed; "" when that is not recorded.</param>
/// <param name="Note">what to know before comparing; may be "".</param>
public sealed record PublishedResult(string Benchmark, string Split, string Backbone, string Method, string Ours, string Kind,
    IReadOnlyDictionary<(string Family, string Metric), PublishedValue> Values, string Paper, string Note)
{
    private const string Resource = "published.csv", Header = "benchmark,split,backbone,method,ours,kind,family,values,source,paper,note";

    /// <summary>Every result that is known, in the order of the tables they come from.</summary>
    public static IReadOnlyList<PublishedResult> All { get; } = Read();

    /// <summary>The sources of its values, each once: "file", "file, mem".</summary>
    public string Sources => string.Join(", ", Values.Values.Select(v => v.Source).Distinct());

    /// <summary>
    /// What stands beside an evaluation: results of the same backbone, those of the methods that were evaluated first,
    /// supervised ones last.
    /// </summary>
    /// <param name="backbone">null: not one of the published sizes, so results of all backbones.</param>
    /// <param name="methods">that were evaluated; words behind the first are settings ("lincir anchored").</param>
    public static IReadOnlyList<PublishedResult> Beside(string benchmark, string? backbone, IEnumerable<string> methods)
    {
        List<string> ours = [.. methods.Select(m => m.Split(' ')[0])];
        return [.. All.Where(p => p.Benchmark == benchmark && (backbone is null || p.Backbone == backbone || p.Backbone.Length == 0))
            .OrderBy(p => p.Kind.Length == 0 ? 3 : p.Kind == "supervised" ? 2 : ours.Contains(p.Ours) ? 0 : 1)];
    }

    /// <summary>One JSON object; values by family and metric, as printed, with their source.</summary>
    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        (string, string)[] facts =
            [("split", Split), ("backbone", Backbone), ("method", Method), ("ours", Ours), ("kind", Kind), ("paper", Paper), ("note", Note)];
        foreach ((string name, string value) in facts)
            json.WriteString(name, value);
        json.WriteStartObject("percent");
        foreach (IGrouping<string, KeyValuePair<(string Family, string Metric), PublishedValue>> family in Values.GroupBy(v => v.Key.Family))
        {
            json.WriteStartObject(family.Key);
            foreach (((_, string metric), PublishedValue value) in family)
            {
                json.WriteStartObject(metric);
                json.WritePropertyName("value");
                json.WriteRawValue(value.Text);
                json.WriteString("source", value.Source);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static PublishedResult[] Read()
    {
        using StreamReader reader = new(typeof(PublishedResult).Assembly.GetManifestResourceStream(Resource)!);
        return Parse(reader.ReadToEnd());
    }

    /// <summary>Reads lines of commas without quotes; lines that differ in family, source or note alone are one result.</summary>
    /// <exception cref="FormatException">A line has not as many fields as the header, or a value is no number.</exception>
    internal static PublishedResult[] Parse(string csv)
    {
        string[] lines = csv.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines[0] != Header)
            throw new FormatException($"Published results start with '{lines[0]}'.");
        int fields = Header.Split(',').Length;
        return [.. lines.Skip(1).Select(line => line.Split(',') is { } f && f.Length == fields
            ? f : throw new FormatException($"'{line}' has not {fields} fields."))
            .GroupBy(f => (f[0], f[1], f[2], f[3], f[4], f[5], f[9]))
            .Select(g => new PublishedResult(g.Key.Item1, g.Key.Item2, g.Key.Item3, g.Key.Item4, g.Key.Item5, g.Key.Item6,
                g.SelectMany(f => f[7].Split(' ').Select(v => (Key: (f[6], v[..v.IndexOf('=')]), Value: Value(v, f[8]))))
                .ToDictionary(p => p.Key, p => p.Value),
                g.Key.Item7, string.Join("; ", g.Select(f => f[10]).Where(n => n.Length > 0).Distinct())))];

        static PublishedValue Value(string text, string source)
        {
            PublishedValue value = new(text[(text.IndexOf('=') + 1)..], source);
            return double.IsFinite(value.Percent) ? value : throw new FormatException($"'{text}' is no number.");
        }
    }
}
