using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Tests.Clip;

/// <summary>What the tower leaves out must not change what it gives: against the plain pass that watching a weight asks for.</summary>
public sealed class TextTowerTests : IDisposable
{
    private const int Placeholder = 259;
    private const float Rounding = 2e-5f;    // other products, the same sums: relative to the largest value

    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;
    private readonly TokenBatch _tokens;
    private readonly float[] _pseudo;

    public TextTowerTests()
    {
        BpeTokenizer tokenizer = BpeTokenizer.FromMerges([]);
        ClipConfig config = new("tiny", 16, new(32, 3, 2, 64, tokenizer.Count, 77, Activation.QuickGelu), new(32, 2, 2, 64, 8, 16, Activation.QuickGelu));
        _clip = ClipModel.Random(config, tokenizer, _device, 1);
        string[] captions = ["$", "a $ b $", "no place", "a $", "a photo of $ c", "ab $ $$", "", "a $ b"];
        _tokens = TokenBatch.From([.. captions.Select(c => tokenizer.Encode(c))]);
        _pseudo = [.. Enumerable.Range(0, captions.Length * 32).Select(i => new Philox(3, 0).Normal((ulong)i))];
    }

    public void Dispose()
    {
        _clip.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void A_caption_is_read_at_the_first_of_its_largest_ids()
    {
        TokenBatch batch = TokenBatch.From([[5, 9, 0, 0], [4, 9, 9, 9], [9]]);
        Assert.Equal([5, 9, 4, 9, 9], batch.Ids);
        Assert.Equal([0, 2, 4, 5], batch.Rows.Offsets);
        Assert.Throws<ArgumentException>(() => TokenBatch.From([[5, 9], []]));
    }

    [Fact]
    public void Pseudo_words_that_are_not_those_of_the_captions_are_refused()
    {
        using Arena arena = new(_device);
        Graph g = new(arena);
        foreach ((int rows, int columns) in new[] { (_tokens.B, 16), (_tokens.B + 1, 32), (1, 32) })
            Assert.Throws<ArgumentException>(() => _clip.Text.Forward(g, _tokens, arena.Zeros(rows, columns), Placeholder));
    }

    [Fact]
    public void States_of_all_tokens_end_in_the_features()
    {
        using Arena arena = new(_device);
        Graph g = new(arena);
        Tensor states = _clip.Text.States(g, _tokens);
        Assert.Equal((_tokens.Rows.R, 32), (states.Rows, states.Columns));
        Tensor ends = g.GatherRows(states, [.. _tokens.Rows.Offsets[1..].Select(end => end - 1)]);
        Close(_clip.Text.Forward(g, _tokens).Floats.ToArray(), g.Linear(ends, _clip.Weights["text_projection"]).Floats.ToArray());
    }

    [Fact]
    public void States_of_all_patches_begin_with_the_class_token()
    {
        using Arena arena = new(_device);
        Graph g = new(arena);
        Tensor pixels = arena.From([.. Enumerable.Range(0, 2 * 3 * 16 * 16).Select(i => new Philox(9, 0).Normal((ulong)i))], 2, 3, 16, 16);
        Tensor states = _clip.Vision.States(g, pixels);
        Assert.Equal((2 * 5, 32), (states.Rows, states.Columns));
        Close(_clip.Vision.Forward(g, pixels).Floats.ToArray(), g.Linear(g.GatherRows(states, [0, 5]), _clip.Weights["visual.proj"]).Floats.ToArray());
    }

    [Fact]
    public void Prefixes_and_the_last_row_change_nothing()
    {
        (float[] features, float[] gradient) = Run(plain: true);
        (float[] cutFeatures, float[] cutGradient) = Run(plain: false);
        Close(features, cutFeatures);
        Close(gradient, cutGradient);
        Assert.All(gradient[(2 * 32)..(3 * 32)], d => Assert.Equal(0, d));
        Assert.Contains(gradient[..32], d => d != 0);
    }

    [Fact]
    public void A_caption_does_not_depend_on_its_neighbours_to_the_bit()
    {
        using Arena arena = new(_device);
        Graph g = new(arena);
        float[] all = _clip.Text.Forward(g, _tokens).Floats.ToArray();
        for (int b = 0; b < _tokens.B; b++)
            Assert.Equal(all[(b * 16)..((b + 1) * 16)], _clip.Text.Forward(g, TokenBatch.From([_tokens.Caption(b).ToArray()])).Floats.ToArray());
    }

    [Fact]
    public void A_picture_does_not_depend_on_the_rows_left_out()
    {
        using Arena arena = new(_device);
        Graph g = new(arena);
        float[] pixels = [.. Enumerable.Range(0, 2 * 3 * 16 * 16).Select(i => new Philox(4, 0).Normal((ulong)i))];
        float[] features = _clip.Vision.Forward(g, arena.From(pixels, 2, 3, 16, 16)).Floats.ToArray();
        foreach (Tensor weight in _clip.Weights.Values)
            g.Watch(weight);
        Close(_clip.Vision.Forward(g, arena.From(pixels, 2, 3, 16, 16)).Floats.ToArray(), features);
    }

    [Fact]
    public void Equal_prefixes_are_one()
    {
        TextRows rows = TextRows.From(_tokens, Placeholder);
        Assert.Equal(rows.PrefixOf[1], rows.PrefixOf[3]);
        Assert.Equal(rows.PrefixOf[1], rows.PrefixOf[7]);
        Assert.Equal(_tokens.Ids.Length, rows.Ids.Length + rows.PrefixOf.Sum(p => rows.Prefixes.Offsets[p + 1] - rows.Prefixes.Offsets[p]));
        Assert.Equal(5, rows.Prefixes.B);
        Assert.Equal(0, TextRows.From(_tokens, null).Prefixes.B);
    }

    private (float[] Features, float[] Gradient) Run(bool plain)
    {
        using Arena arena = new(_device);
        Graph g = new(arena);
        Tensor pseudo = arena.From(_pseudo, _tokens.B, 32), target = arena.Zeros(_tokens.B, 16);
        g.Watch(pseudo);
        foreach (Tensor weight in plain ? _clip.Weights.Values : [])
            g.Watch(weight);
        Tensor features = _clip.Text.Forward(g, _tokens, pseudo, Placeholder);
        g.Backward(g.MeanSquaredError(features, target));
        return (features.Floats.ToArray(), g.Gradient(pseudo).Floats.ToArray());
    }

    private static void Close(float[] expected, float[] actual)
    {
        float largest = expected.Max(Math.Abs);
        Assert.Equal(expected, actual, (a, b) => Math.Abs(a - b) <= Rounding * largest);
    }
}
