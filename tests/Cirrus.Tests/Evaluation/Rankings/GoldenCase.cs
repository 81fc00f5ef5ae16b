using System.Text.Json;

namespace Cirrus.Tests.Evaluation.Rankings;

/// <summary>A case of golden/cases.json: a small made-up download, rankings, and what golden/reference_metrics.py makes of them.</summary>
internal sealed record GoldenCase(string Name, string Benchmark, JsonElement Files, string Rankings, string? Family,
    string? Protocol, JsonElement Expected)
{
    public static string Folder { get; } = Path.Combine(Shared.Repository, "tests/Cirrus.Tests/Evaluation/Rankings/golden");

    public static IReadOnlyList<GoldenCase> All { get; } = Read();

    public static GoldenCase Find(string name) => All.Single(c => c.Name == name);

    /// <summary>Writes the download.</summary>
    public void WriteTo(TempFolder folder)
    {
        foreach (JsonProperty file in Files.EnumerateObject())
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.At(file.Name))!);
            File.WriteAllText(folder.At(file.Name), file.Value.ValueKind == JsonValueKind.String ? file.Value.GetString() : file.Value.GetRawText());
        }
    }

    private static GoldenCase[] Read()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "cases.json")));
        return [.. json.RootElement.Clone().EnumerateArray().Select(c =>
            new GoldenCase(c.GetProperty("name").GetString()!, c.GetProperty("benchmark").GetString()!,
            c.GetProperty("files"), c.GetProperty("rankings").GetRawText(), Text(c, "family"), Text(c, "protocol"), c.GetProperty("expected")))];
    }

    private static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
