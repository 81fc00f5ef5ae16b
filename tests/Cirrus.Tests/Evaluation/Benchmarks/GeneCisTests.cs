using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Tensors;

namespace Cirrus.Tests.Evaluation.Benchmarks;

public sealed class GeneCisTests : IDisposable
{
    private static readonly string[] Tasks = ["focus_attribute", "change_attribute", "focus_object", "change_object"];
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_official_files_hold_what_is_published()
    {
        BenchmarkData data = BenchmarkSource.Find("genecis").Open(new(Shared.Need("data/benchmarks")));
        Assert.All(data.Counts, c => Assert.False(c.Differs, c.What));
        Assert.Equal([2000, 2112, 1960, 1960], data.Counts.Take(4).Select(c => (int)c.Found));
        Benchmark b = data.Benchmark;
        Assert.Equal((8032, 20000 + (15 * (2112 + 1960 + 1960))), (b.Queries.Count, b.Candidates.Count));
        (int Sizes, int Conditions, int Images,
            int Reference)[] tables = [.. Tasks.Select(t => b.Queries.Where(q => q.Family == t).ToArray()).Select(q =>
            (q.Select(x => x.Among!.Length).Distinct().Single(), q.Select(x => x.Captions[0]).Distinct().Count(),
                q.Select(x => Image(b.References[x.Reference])).Distinct().Count(),
                q.Count(x => x.Among!.Skip(1).Any(c => Image(b.Candidates[c]) == Image(b.References[x.Reference])))))];
        Assert.Equal([(10, 40, 1863, 20), (15, 400, 1797, 92), (15, 97, 218, 0), (15, 109, 218, 0)], tables);
        Assert.Equal([(20, "focus_attribute/14"), (28, ""), (0, ""), (1, "change_object/19")], Tasks.Select(t => (
            b.Queries.Count(q => q.Family == t && q.Among!.Skip(1).Any(c => Image(b.Candidates[c]) == Image(b.Candidates[q.Among![0]]))),
            string.Join(' ', b.Queries.Where(q => q.Family == t
                && q.Among!.Skip(1).Any(c => b.Candidates[c] == b.Candidates[q.Among![0]])).Select(q => q.Id)))));
        Assert.Equal(11, b.Queries.Count(q => q.Among!.Skip(1).Select(c => b.Candidates[c]).Distinct().Count() < q.Among!.Length - 1));
        Assert.Equal(77, BoxesThatBeginOutside(b, data));
    }

    private static int BoxesThatBeginOutside(Benchmark b, BenchmarkData data) =>
        data.Candidates.Concat(b.Queries.Select(q => data.References[q.Reference])).Count(p =>
            data.Pictures[p].View is BoxView v && Math.Min(v.X, v.Y) < 0);

    [Fact]
    public void A_target_that_is_also_a_distractor_wins_the_tie()
    {
        BenchmarkData data = BenchmarkSource.Find("genecis").Open(new(Shared.Need("data/benchmarks")));
        BenchmarkQuery query = data.Benchmark.Queries.Single(q => q.Id == "change_object/19");
        BenchmarkFeatures features = SyntheticFeatures.Pictures(data, 1);
        int p = features.P;
        float[] vectors = new float[data.Benchmark.Queries.Count * p];
        features.Candidates.AsSpan(query.Targets[0][0] * p, p).CopyTo(vectors.AsSpan(data.Benchmark.Queries.ToList().IndexOf(query) * p));
        using Device device = Device.Open("cpu");
        using Evaluator evaluator = new(data.Benchmark, features, device);
        int[] ranked = evaluator.RunVectors("target", vectors, TestContext.Current.CancellationToken)
            .Ranked[data.Benchmark.Queries.ToList().IndexOf(query)];
        Assert.Equal(query.Targets[0][0], ranked[0]);
        Assert.Equal(data.Candidates[ranked[0]], data.Candidates[ranked[1]]);
        Assert.Equal(query.Among!.Order(), ranked.Order());
    }

    [Fact]
    public void Positions_are_candidates_and_crops_of_one_file_are_pictures_of_their_own()
    {
        Write();
        BenchmarkData data = Read();
        BenchmarkQuery crop = data.Benchmark.Queries[1], whole = data.Benchmark.Queries[2];
        Assert.Equal(["focus_attribute/0", "change_attribute/0", "focus_object/0", "change_object/0"], data.Benchmark.Queries.Select(q => q.Id));
        Assert.Equal((10, 15, 0, 10), (data.Benchmark.Queries[0].Among!.Length, crop.Among!.Length,
            data.Benchmark.Queries[0].Targets[0][0], crop.Targets[0][0]));
        Assert.Equal("vg/7 1 2 3 4.5", data.Benchmark.Candidates[crop.Targets[0][0]]);
        Assert.Equal("coco/5", data.Benchmark.References[whole.Reference]);
        BenchmarkPicture picture = data.Pictures[data.Candidates[crop.Targets[0][0]]];
        Assert.Equal(new BoxView(1, 2, 3, 4.5), picture.View);
        Assert.Contains(_folder.At("VG_100K_2/7.jpg"), picture.Places);
        BenchmarkPicture plain = data.Pictures[data.References[whole.Reference]];
        Assert.Null(plain.View);
        Assert.Contains(_folder.At("val2017/000000000005.jpg"), plain.Places);
        // The reference 5 is also a distractor of the object queries: at position 1.
        Assert.Equal(whole.Among![1], whole.Itself);
        Assert.Equal(data.Pictures.Count, data.Pictures.Select(p => p.Name).Distinct().Count());
    }

    [Fact]
    public void The_released_evaluation_asks_object_tasks_with_the_text_0()
    {
        Write();
        Assert.Equal(["red", "red", "red", "red"], Read().Benchmark.Queries.Select(q => q.Captions.Single()));
        BenchmarkData released = Read("as-released");
        Assert.Equal(["red", "red", "0", "0"], released.Benchmark.Queries.Select(q => q.Captions.Single()));
        Assert.Contains("text 0", released.Protocol, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"image_id\": \"7\"", "\"image_id\": \"../7\"", "image_id is '../7'")]
    [InlineData("[1, 2, 3, 4.5]", "[1, 2, 3]", "instance_bbox is [1, 2, 3]")]
    [InlineData("[1, 2, 3, 4.5]", "[1, 2, 0, 4.5]", "instance_bbox is [1, 2, 0, 4.5]")]
    [InlineData("[1, 2, 3, 4.5]", "[1, 2, 1e999, 4.5]", "instance_bbox[2] is the number 1e999")]
    [InlineData("\"condition\": \"red\"", "\"condition\": 3", "record 0, condition is the number 3")]
    [InlineData("\"target\"", "\"goal\"", "record 0 has no 'target'")]
    [InlineData("\"gallery\": [{", "\"gallery\": [{\"image_id\": 8, \"instance_bbox\": [1, 1, 1, 1]}, {", "record 0 has 10 pictures in its gallery")]
    public void What_is_wrong_is_told_by_file_record_and_field(string official, string found, string message)
    {
        Write();
        string file = _folder.At("focus_attribute.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace(official, found, StringComparison.Ordinal));
        CirrusException error = Assert.Throws<CirrusException>(() => Read());
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private BenchmarkData Read(string? protocol = null) => BenchmarkSource.Find("genecis").Open(new(_folder.Path, null, protocol));

    private void Write() => Write(_folder.Path);

    internal static void Write(string folder)
    {
        foreach (string task in Tasks)
        {
            bool objects = task.EndsWith("object", StringComparison.Ordinal);
            string Picture(int id) => objects
                ? $$"""{"val_image_id": {{id}}}"""
                : $$"""{"image_id": "{{id}}", "instance_bbox": [{{(id == 7 ? "1, 2, 3, 4.5" : "0.0, -0.83, 20, 30.5")}}]}""";
            string gallery = string.Join(", ", Enumerable.Range(5, task == "focus_attribute" ? 9 : 14).Select(i => Picture(i >= 7 ? i + 1 : i)));
            File.WriteAllText(Path.Combine(folder, $"{task}.json"),
                $$"""[{"condition": "red", "reference": {{Picture(5)}}, "target": {{Picture(7)}}, "gallery": [{{gallery}}]}]""");
        }
    }

    private static string Image(string name) => name.Split(' ')[0];
}
