using System.Text.Json;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Tests.Playground;

public sealed class PlaygroundFilesTests
{
    [Fact]
    public void A_folder_holds_one_split()
    {
        using TempFolder folder = new();
        PlaygroundBenchmark val = PlaygroundBenchmark.Make(Split.Val, 4, queries: 7), test = PlaygroundBenchmark.Make(Split.Test, 4, queries: 7);
        PlaygroundFiles.Write(folder.Path, val, Split.Val, side: 16);
        string list = Path.Combine(folder.Path, "COCO2017_unlabeled", "annotations", "image_info_unlabeled2017.json"), before = File.ReadAllText(list);
        Assert.Contains("val.json", Assert.Throws<CirrusException>(() => PlaygroundFiles.Write(folder.Path, test, Split.Test, side: 16)).Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(list));
        PlaygroundFiles.Write(folder.Path, PlaygroundBenchmark.Make(Split.Val, 5, queries: 7), Split.Val, side: 16);
        Assert.NotEqual(before, File.ReadAllText(list));
    }

    [Fact]
    public void Files_say_what_the_benchmark_says()
    {
        using TempFolder folder = new();
        PlaygroundBenchmark b = PlaygroundBenchmark.Make(Split.Val, 4, queries: 7);
        PlaygroundFiles.Write(folder.Path, b, Split.Val, side: 32);
        string unlabeled = Path.Combine(folder.Path, "COCO2017_unlabeled");
        using JsonDocument info = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(unlabeled, "annotations", "image_info_unlabeled2017.json")));
        JsonElement[] images = [.. info.RootElement.GetProperty("images").EnumerateArray()];
        Assert.Equal(b.Scenes.Count, images.Length);
        for (int i = 0; i < images.Length; i++)
        {
            Assert.Equal(i + 1, images[i].GetProperty("id").GetInt32());
            byte[] png = File.ReadAllBytes(Path.Combine(unlabeled, "unlabeled2017", images[i].GetProperty("file_name").GetString()!));
            Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], png[..4]);
        }
        using JsonDocument annotations = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder.Path, "annotations", "val.json")));
        JsonElement[] queries = [.. annotations.RootElement.EnumerateArray()];
        Assert.Equal(b.Queries.Count, queries.Length);
        for (int i = 0; i < queries.Length; i++)
        {
            PlaygroundQuery q = b.Queries[i];
            Assert.Equal(i, queries[i].GetProperty("id").GetInt32());
            Assert.Equal(q.Reference + 1, queries[i].GetProperty("reference_img_id").GetInt32());
            int[] right = [.. queries[i].GetProperty("gt_img_ids").EnumerateArray().Select(e => e.GetInt32())];
            Assert.Equal(q.Concept.Select(p => p + 1), right);
            Assert.Equal(right[0], queries[i].GetProperty("target_img_id").GetInt32());
            Assert.Equal(q.Texts, queries[i].GetProperty("relative_captions").EnumerateArray().Select(e => e.GetString()));
        }
    }
}
