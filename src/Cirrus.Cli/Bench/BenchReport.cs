using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cirrus.Cli.Bench;

/// <summary>One figure: the median of the runs.</summary>
/// <param name="Floor">the best this machine could do, in the same unit, where that was measured.</param>
internal sealed record BenchRow(string Name, string Size, int Threads, double Value, string Unit, double? Floor = null);

internal sealed record BenchReport(IReadOnlyList<BenchRow> Rows)
{
    public static Option<bool> Json() => new("--json") { Description = "print one JSON object instead of a table" };

    /// <summary>Writes <c>{"rows": [...]}</c>, or a table.</summary>
    public void Write(TextWriter output, bool json)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(this, BenchJson.Default.BenchReport));
            return;
        }
        CultureInfo c = CultureInfo.InvariantCulture;
        int name = Math.Max(4, Rows.Max(r => r.Name.Length)), size = Math.Max(4, Rows.Max(r => r.Size.Length));
        output.WriteLine($"{"name".PadRight(name)}  {"size".PadRight(size)}  threads       value  unit          of floor");
        foreach (BenchRow r in Rows)
        {
            string floor = r.Floor is double f ? string.Create(c, $"{r.Value / f,6:P0} of {f:F0}") : "";
            output.WriteLine(string.Create(c,
                $"{r.Name.PadRight(name)}  {r.Size.PadRight(size)}  {r.Threads,7}  {r.Value,10:F2}  {r.Unit,-12}  {floor}").TrimEnd());
        }
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : sorted[sorted.Length / 2];
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BenchReport))]
internal sealed partial class BenchJson : JsonSerializerContext;
