using Cirrus.Clip;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Clip;

public sealed class ClipEmbedderTests : IDisposable
{
    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;
    private readonly ClipEmbedder _embedder;

    public ClipEmbedderTests()
    {
        _clip = TinyClip.Create(_device);
        _embedder = new(_clip);
    }

    public void Dispose()
    {
        _embedder.Dispose();
        _clip.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void A_text_has_the_same_vector_in_any_company_to_the_bit()
    {
        string[] texts = TinyClip.Captions(150);
        float[] all = _embedder.EmbedTexts(texts);
        Assert.Equal(150 * TinyClip.P, all.Length);
        foreach (int i in new[] { 0, 63, 64, 149 })
            Assert.Equal(all[(i * TinyClip.P)..((i + 1) * TinyClip.P)], _embedder.EmbedTexts([texts[i]]));
        Assert.NotEqual(all[..TinyClip.P], all[TinyClip.P..(2 * TinyClip.P)]);
    }

    [Fact]
    public void Ids_are_read_at_their_end_token_whatever_stands_behind_it()
    {
        int[] ids = _clip.Tokenizer.Encode("a red cat"), padded = new int[77], ends = new int[77];
        Array.Fill(ends, _clip.Tokenizer.End);
        ids.CopyTo(padded, 0);
        ids.CopyTo(ends, 0);
        float[] expected = _embedder.EmbedTexts(["a red cat"]);
        Assert.Equal([.. expected, .. expected, .. expected], _embedder.EmbedTokens([ids, padded, ends]));
    }

    [Fact]
    public void Pictures_are_embedded_in_any_company_to_the_bit()
    {
        ReadOnlyMemory<float>[] pictures = [.. Enumerable.Range(0, 40).Select(k => new ReadOnlyMemory<float>(Noise((ulong)k)))];
        float[] all = _embedder.EmbedImages(pictures);
        foreach (int i in new[] { 0, 31, 32, 39 })
            Assert.Equal(all[(i * TinyClip.P)..((i + 1) * TinyClip.P)], _embedder.EmbedImages([pictures[i]]));
    }

    [Fact]
    public void Threads_do_not_disturb_each_other()
    {
        float[] expected = _embedder.EmbedTexts(["a b", "c"]);
        float[][] results = new float[16][];
        Parallel.For(0, results.Length, i => results[i] = _embedder.EmbedTexts(["a b", "c"]));
        Assert.All(results, r => Assert.Equal(expected, r));
    }

    [Fact]
    public void Nothing_gives_nothing() => Assert.Empty(_embedder.EmbedTexts([]));

    [Fact]
    public void What_does_not_fit_is_the_callers_mistake()
    {
        Assert.Throws<ArgumentException>(() => _embedder.EmbedTokens([[]]));
        Assert.Throws<ArgumentException>(() => _embedder.EmbedTokens([new int[78]]));
        Assert.Throws<ArgumentException>(() => _embedder.EmbedTokens([[1, _clip.Tokenizer.Count]]));
        Assert.Throws<ArgumentException>(() => _embedder.EmbedTokens([[-1, 5]]));
        Assert.Throws<ArgumentException>(() => _embedder.EmbedImages([new float[5]]));
    }

    private static float[] Noise(ulong seed) => [.. Enumerable.Range(0, 3 * 16 * 16).Select(i => new Philox(seed, 9).Normal((ulong)i))];
}
