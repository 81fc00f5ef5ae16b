using Cirrus.Clip;
using Cirrus.Methods.LinCir;
using Cirrus.Tensors;

namespace Cirrus.Methods.Searle;

/// <summary>The losses of a step of φ.</summary>
internal readonly record struct SearleLoss(float Distil, float Phrases, float Total);

/// <summary>What a step of φ reads: B pictures with their pseudo-words and a phrase each.</summary>
/// <param name="Features">[B·P] raw image features.</param>
/// <param name="Words">[B·W] pseudo-words found by optimisation.</param>
/// <param name="Masked">ids of each phrase with <c>$</c> for its concept.</param>
/// <param name="References">[B·P] features of the phrases as they were written.</param>
internal sealed record SearleBatch(float[] Features, float[] Words, IReadOnlyList<int[]> Masked, float[] References)
{
    public int B => Masked.Count;
}

/// <summary>SEARLE's loss of a batch and its gradient for φ (methods: 4.5).</summary>
/// <remarks>
/// z = φ(image feature); L = λ_d·NT-Xent(pseudo-words, z) + λ_p·mean(1 − cos(T(masked phrase; z at the first $), T(phrase))). The contrastive loss
/// needs the whole batch, the phrases need the text tower: they go through it in parts, whose gradients for z are handed to φ together.
/// </remarks>
internal sealed class SearleGradient(ClipModel clip, MappingNetwork phi, SearleOptions options) : IDisposable
{
    private readonly Graph _whole = new(new Arena(clip.Device));
    private readonly Graph _part = new(new Arena(clip.Device));

    /// <summary>Gradients of the last <see cref="Compute"/>, until <see cref="Release"/>.</summary>
    public IReadOnlyList<Tensor> Gradients => [.. phi.Weights.Select(_whole.Gradient)];

    /// <param name="z">receives φ's pseudo-words [B·W] when given.</param>
    public SearleLoss Compute(SearleBatch batch, float dropout, Philox random, float[]? z = null)
    {
        Arena arena = _whole.Arena;
        _whole.Random = random;
        phi.Watch(_whole);
        Tensor words = phi.Forward(_whole, arena.From(batch.Features, batch.B, phi.P), dropout);                                    // [B, W]
        Tensor distil = _whole.NtXentLoss(arena.From(batch.Words, batch.B, phi.W), words, options.Temperature);                     // [1]
        float phrases = Phrases(batch, words, out float[] dwords);
        _whole.BackwardFrom((distil, arena.From([options.DistilWeight], 1)), (words, arena.From(dwords, batch.B, phi.W)));
        if (z is not null)
            clip.Device.Download(z, words);
        float contrast = distil.ToArray()[0];
        return new(contrast, phrases, (options.DistilWeight * contrast) + (options.PhraseWeight * phrases));
    }

    /// <summary>Forgets the gradients.</summary>
    public void Release() => _whole.Reset();

    public void Dispose()
    {
        _whole.Arena.Dispose();
        _part.Arena.Dispose();
    }

    private float Phrases(SearleBatch batch, Tensor words, out float[] dwords)
    {
        dwords = new float[batch.B * phi.W];
        double loss = 0;
        for (int start = 0; start < batch.B; start += options.MicroBatch)
        {
            int count = Math.Min(options.MicroBatch, batch.B - start);
            float share = count / (float)batch.B;
            Tensor z = words.Slice(start, count);
            _part.Watch(z);
            Tensor f = clip.Text.Forward(_part, TokenBatch.From([.. batch.Masked.Skip(start).Take(count)]), z,
                clip.Tokenizer.Placeholder, firstOnly: true);
            Tensor cosine = _part.CosineLoss(f, _part.Arena.From(batch.References.AsSpan(start * phi.P, count * phi.P), count, phi.P));
            loss += share * (double)cosine.ToArray()[0];
            _part.Backward(_part.Scale(cosine, share * options.PhraseWeight));
            clip.Device.Download(dwords.AsSpan(start * phi.W, count * phi.W), _part.Gradient(z));
            _part.Reset();
        }
        return (float)loss;
    }
}
