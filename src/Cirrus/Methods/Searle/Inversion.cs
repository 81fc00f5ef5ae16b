using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.Searle;

/// <summary>Pseudo-words of some pictures while they are optimised (methods: 4.4). The pictures share a batch and nothing else.</summary>
/// <remarks>
/// Per picture and step: L = (λ_cos·[1 − cos(T(template; v), I)] + λ_gpt·[1 − cos(T(phrase with $; v), T(phrase))]) / (λ_cos + λ_gpt).
/// The losses are added over the pictures, not averaged as in the released code, so that a picture's gradient, and with it AdamW's
/// epsilon, does not know how many others there are.
/// </remarks>
internal sealed class Inversion : IDisposable
{
    private readonly ClipModel _clip;
    private readonly OtiOptions _options;
    private readonly Arena _arena;
    private readonly Graph _g;
    private readonly AdamW _optimizer;
    private readonly Tensor _pictures;
    private readonly int _n;

    /// <param name="pictures">[n·P] raw image features.</param>
    /// <param name="start">[n·W] start tokens.</param>
    public Inversion(ClipModel clip, OtiOptions options, ReadOnlySpan<float> pictures, ReadOnlySpan<float> start)
    {
        (_clip, _options, _arena, _n) = (clip, options, new(clip.Device), pictures.Length / clip.Config.P);
        _g = new(new Arena(clip.Device));
        _pictures = _arena.From(pictures, _n, clip.Config.P);
        Words = _arena.From(start, _n, clip.Config.Text.Width);
        Average = start.ToArray();
        _optimizer = new([Words]);
    }

    /// <summary>[n, W] the tokens as they are now.</summary>
    public Tensor Words { get; }

    /// <summary>[n·W] their moving average: the result.</summary>
    public float[] Average { get; }

    /// <summary>[n·W] gradients of the last step.</summary>
    public float[] Gradient { get; private set; } = [];

    /// <summary>One step of all pictures.</summary>
    /// <param name="templates">ids of a template with <c>$</c> a picture.</param>
    /// <param name="phrases">ids of a phrase with <c>$</c> a picture; only the first <c>$</c> gets the token.</param>
    /// <param name="references">[n·P] features of the phrases as they were written.</param>
    /// <returns>means over the pictures of the two losses.</returns>
    public (float Cosine, float Phrases) Step(IReadOnlyList<int[]> templates, IReadOnlyList<int[]> phrases, ReadOnlySpan<float> references)
    {
        int[] each = [.. Enumerable.Range(0, _n)], others = [.. each.Select(i => _n + i)];
        _g.Watch(Words);
        Tensor v = _g.GatherRows(Words, [.. each, .. each]);                                                    // [2n, W]
        Tensor f = _clip.Text.Forward(_g, TokenBatch.From([.. templates, .. phrases]), v, _clip.Tokenizer.Placeholder, firstOnly: true);
        Tensor cosine = _g.CosineLoss(_g.GatherRows(f, each), _pictures);                                       // [1]
        Tensor gpt = _g.CosineLoss(_g.GatherRows(f, others), _g.Arena.From(references, _n, _clip.Config.P));    // [1]
        (float Cosine, float Phrases) losses = (cosine.ToArray()[0], gpt.ToArray()[0]);
        float whole = _options.CosineWeight + _options.PhraseWeight;
        _g.Backward(_g.Blend(cosine, _n * _options.CosineWeight / whole, gpt, _n * _options.PhraseWeight / whole));
        Tensor gradient = _g.Gradient(Words);
        _optimizer.Step([gradient], (float)_options.LearningRate, [_options.WeightDecay]);
        Gradient = gradient.ToArray();
        _g.Reset();
        Follow();
        return losses;
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _g.Arena.Dispose();
        _arena.Dispose();
    }

    private void Follow()
    {
        float keep = _options.EmaDecay;
        float[] now = Words.ToArray();
        for (int i = 0; i < now.Length; i++)
            Average[i] = (keep * Average[i]) + ((1 - keep) * now[i]);
    }
}
