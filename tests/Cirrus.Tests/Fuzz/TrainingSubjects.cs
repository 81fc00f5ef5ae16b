using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Cirrus.Methods.CompoDiff;
using Cirrus.Training;

namespace Cirrus.Tests.Fuzz;

/// <summary>What is trained on, and what a run leaves.</summary>
internal static class TrainingSubjects
{
    private const string Examples = """
        {"picture": "a.jpg", "caption": "a red star"}
        {"picture": 7, "captions": ["one", "two"]}
        {"picture": "a.jpg", "caption": "a star", "mask": "a-mask.png"}
        {"picture": "a.jpg", "caption": "a star", "mask": [1, 2, 30, 40], "size": [50, 60], "hidden": "a-rest.jpg"}
        {"reference": "a.jpg", "caption": "make it blue", "target": "b.jpg", "back": "make it red"}
        """;

    private const string Triplets = """
        {"reference": "a.jpg", "target": "b/c.png", "caption": "is red"}
        {"reference": 12, "target": 13, "captions": ["is red", "has dots"]}
        """;

    private const string Features = """
        {"image": "x/a.jpg", "vector": [0.5, 2.25, -3, 4]}
        {"image": "x/b.jpg", "vector": [5, 6e-1, 7, 8]}
        """;

    public static IReadOnlyList<FuzzSubject> All { get; } =
    [
        Captions("a.txt", "a red car\r\n\n  the sea \nlast"),
        Captions("a.tsv", "id\tcaption\n1\tone\n2\ttwo\n"),
        Captions("a.csv", "id,caption\n1,\"a, \"\"b\"\"\nc\"\n2,plain\n"),
        Captions("a.jsonl", "{\"caption\": \"one\"}\n\"two\"\n{\"captions\": [\"three\", \"four\"]}\n"),
        Captions("a.txt.gz", "a red car\nthe sea\n"),
        Captions("a.csv.gz", "id,caption\n1,\"a, b\"\n2,plain\n"),
        Lines("triplets", "a.jsonl", Triplets, f => TripletFiles.Read([f])),
        Lines("triplets, packed", "a.jsonl.gz", Triplets, f => TripletFiles.Read([f])),
        Lines("triplets, FashionIQ", "a.json", """[{"target": "B008", "candidate": "B003", "captions": ["is shiny", "fades"]}]""",
            f => TripletFiles.Read([f])),
        Lines("examples", "a.jsonl", Examples, f => DiffusionFiles.Read([f])),
        Lines("examples, packed", "a.jsonl.gz", Examples, f => DiffusionFiles.Read([f])),
        Lines("features by name", "a.jsonl", Features, f => NamedFeatures.Read([f], ["a.jpg", "b"], 4)),
        Lines("features by name, packed", "a.jsonl.gz", Features, f => NamedFeatures.Read([f], ["a.jpg", "b"], 4)),
        new("run folder", Run, ReadRun) { Files = ["run.json", "log.jsonl"], Share = 2 },
        new("state", f => StateFile.Save(Path.Combine(f, "s.safetensors"), State, new Dictionary<string, string> { ["step"] = "3" }),
            f => StateFile.Load(Path.Combine(f, "s.safetensors"), State)),
    ];

    private static NamedValues[] State => [new("a", [2, 2], new float[4]), new("b", [3], new float[3])];

    private static FuzzSubject Captions(string name, string text) => Lines($"captions {name}", name, text, f => CaptionFiles.Read([f]));

    private static FuzzSubject Lines(string subject, string name, string text, Action<string> read) => new(subject, folder =>
    {
        string path = Path.Combine(folder, name);
        if (!name.EndsWith(".gz", StringComparison.Ordinal))
        {
            File.WriteAllText(path, text);
            return;
        }
        using GZipStream gz = new(File.Create(path), CompressionLevel.Fastest);
        gz.Write(Encoding.UTF8.GetBytes(text));
    }, folder => read(Path.Combine(folder, name)), Refusable: false);

    private static void Run(string folder)
    {
        using RunFolder run = RunFolder.Create(folder, "lincir", JsonDocument.Parse("{\"batch\":5}").RootElement, new Dictionary<string, string> { ["model"] = "abc" });
        run.Log(new(1, Loss: 0.5f));
        run.Log(new(2, Loss: 0.25f));
    }

    private static void ReadRun(string folder)
    {
        RunFolder.ReadInfo(folder);
        RunFolder.ReadLog(folder);
    }
}
