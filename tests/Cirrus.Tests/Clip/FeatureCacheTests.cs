using Cirrus.Clip;

namespace Cirrus.Tests.Clip;

public sealed class FeatureCacheTests : IDisposable
{
    private const int P = 3;

    private static readonly Dictionary<string, string> Made = new() { ["model"] = "m" };
    private readonly TempFolder _folder = new();
    private readonly List<string> _said = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_written_is_found_by_its_key_to_the_bit()
    {
        Cache().Write(["a", "b"], new float[] { 1, 2, 3, 4, 5, MathF.PI });
        Cache().Write(["c"], new float[] { 7, 8, 9 });
        Assert.Equal([4, 5, MathF.PI, 0, 0, 0, 7, 8, 9], Read(Cache(), "b", "unknown", "c"));
        Assert.Empty(_said);
    }

    [Fact]
    public void Several_writers_share_a_folder()
    {
        FeatureCache one = Cache(), two = Cache();
        Parallel.For(0, 20, i =>
        {
            lock (i % 2 == 0 ? one : two)
                (i % 2 == 0 ? one : two).Write([$"{i}"], new float[] { i, i, i });
        });
        Assert.Equal(20, Directory.GetFiles(_folder.Path).Length);
        Assert.Equal(Enumerable.Range(0, 20).SelectMany(i => new float[] { i, i, i }),
            Read(Cache(), [.. Enumerable.Range(0, 20).Select(i => $"{i}")]));
        Assert.Empty(_said);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(1)]
    public void A_byte_changed_anywhere_is_noticed(double where)
    {
        Cache().Write(["a"], new float[] { 1, 2, 3 });
        Cache().Write(["b"], new float[] { 4, 5, 6 });
        string damaged = Directory.GetFiles(_folder.Path, "segment-*").Order(StringComparer.Ordinal).First();
        byte[] bytes = File.ReadAllBytes(damaged);
        bytes[(int)(where * (bytes.Length - 1))] ^= 1;
        File.WriteAllBytes(damaged, bytes);
        float[] rows = Read(Cache(), "a", "b");
        Assert.Equal(1, (rows[0] == 0 ? 1 : 0) + (rows[3] == 0 ? 1 : 0));
        Assert.Contains(damaged, Assert.Single(_said), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_segment_or_of_another_model_is_told_and_passed_over()
    {
        Cache().Write(["a"], new float[] { 1, 2, 3 });
        new FeatureCache(_folder.Path, new Dictionary<string, string> { ["model"] = "another" }).Write(["a"], new float[] { 9, 9, 9 });
        File.WriteAllText(_folder.At("segment-html.safetensors"), "<html>");
        File.WriteAllText(_folder.At("segment-empty.safetensors"), "");
        File.WriteAllText(_folder.At("segment-00007-12345678.safetensors.tmp"), "half of one");
        Assert.Equal([1, 2, 3], Read(Cache(), "a"));
        Assert.Equal(3, _said.Count);
        Assert.Contains(_said, s => s.Contains("its model is 'another', not 'm'", StringComparison.Ordinal));
    }

    [Fact]
    public void Rows_of_another_width_are_not_taken()
    {
        Cache().Write(["a"], new float[] { 1, 2 });
        Assert.Equal([0, 0, 0], Read(Cache(), "a"));
        Assert.Contains("do not fit", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_told_once()
    {
        File.WriteAllText(_folder.At("file"), "");
        FeatureCache cache = new(_folder.At("file/below"), Made, _said.Add);
        cache.Write(["a"], new float[] { 1, 2, 3 });
        cache.Write(["b"], new float[] { 1, 2, 3 });
        Assert.Contains("no longer kept", Assert.Single(_said), StringComparison.Ordinal);
    }

    private FeatureCache Cache() => new(_folder.Path, Made, _said.Add);

    private static float[] Read(FeatureCache cache, params string[] keys)
    {
        float[] rows = new float[keys.Length * P];
        cache.Read(keys.Select((k, i) => (k, i)).ToDictionary(p => p.k, p => p.i), P, rows, new bool[keys.Length]);
        return rows;
    }
}
