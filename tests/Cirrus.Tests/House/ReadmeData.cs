using Cirrus.Playground;

namespace Cirrus.Tests.House;

/// <summary>The benchmarks that README's reader has downloaded, a few pictures of each.</summary>
internal static class ReadmeData
{
    public static void Write(ReadmeStage stage)
    {
        PlaygroundFiles.Write(stage.At("circo"), PlaygroundBenchmark.Make(Split.Val, 4, queries: 7), Split.Val, side: 32);
        TinyCirr.Write(stage.At("cirr"), split: "test1");
        TinyCirr.Write(stage.At("datasets"));
        foreach ((string category, string[] products) in new[] { ("dress", (string[])["B1", "B2", "B3"]), ("shirt", ["S1", "S2"]), ("toptee", ["T1", "T2"]) })
        {
            Put(stage.At($"fashioniq/captions/cap.{category}.val.json"),
                $$"""[{"target": "{{products[1]}}", "candidate": "{{products[0]}}", "captions": ["is red", "longer"]}]""");
            Put(stage.At($"fashioniq/image_splits/split.{category}.val.json"), $"[{string.Join(", ", products.Select(p => $"\"{p}\""))}]");
        }
        Put(stage.At("theirs.json"), """{"dress/0": ["B2", "B3"], "shirt/0": ["S2"], "toptee/0": ["T2"]}""");
    }

    private static void Put(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
