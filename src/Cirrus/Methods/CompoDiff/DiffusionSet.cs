using Cirrus.Tensors;

namespace Cirrus.Methods.CompoDiff;

/// <summary>One thing to learn: words, perhaps a picture and a mask, and the picture that they ask for.</summary>
/// <param name="Reference">a place in the set's features, of a picture or of what a mask leaves of one; null: none is given.</param>
/// <param name="Mask">a place in the set's masks; null: none.</param>
/// <param name="Target">a place in the set's features.</param>
public sealed record DiffusionSample(string Text, int? Reference, int? Mask, int Target);

/// <summary>What CompoDiff learns from: captioned pictures, captioned pictures of which a part is hidden, and triplets.</summary>
/// <param name="Features">raw, [D] each.</param>
/// <param name="Masks">[side²] of 0 and 1 each.</param>
/// <param name="Words">captions and their pictures.</param>
/// <param name="Hidden">captions, what a mask leaves of their pictures, and the whole pictures.</param>
/// <param name="Triplets">instructions, the pictures they are for, and the wanted ones.</param>
public sealed record DiffusionSet(IReadOnlyList<float[]> Features, IReadOnlyList<float[]> Masks, IReadOnlyList<DiffusionSample> Words,
    IReadOnlyList<DiffusionSample> Hidden, IReadOnlyList<DiffusionSample> Triplets)
{
    /// <summary>The published mixture of the second stage; the rest are triplets.</summary>
    private const float WordsShare = 0.3f, HiddenShare = 0.3f;

    /// <summary>Samples of a step, drawn with replacement: captions alone in the first stage, the mixture in the second.</summary>
    public DiffusionSample[] Batch(int count, bool mixed, Philox random)
    {
        DiffusionSample[] batch = new DiffusionSample[count];
        for (int i = 0; i < count; i++)
        {
            float kind = mixed ? random.Fork(0).Uniform((ulong)i) : 0;
            IReadOnlyList<DiffusionSample> from = kind < WordsShare ? Words : kind < WordsShare + HiddenShare ? Hidden : Triplets;
            batch[i] = from[random.Fork(1).Integer((ulong)i, from.Count)];
        }
        return batch;
    }

    /// <exception cref="CirrusException">A kind of sample that will be drawn is missing.</exception>
    public DiffusionSet Check(bool mixed)
    {
        if (Words.Count == 0 || (mixed && (Hidden.Count == 0 || Triplets.Count == 0)))
            throw new CirrusException($"CompoDiff learns from captions, hidden parts and triplets; here are {Words.Count:N0}, {Hidden.Count:N0} and {Triplets.Count:N0}.",
                hint: "give all three, or no second stage: --set second_steps=0");
        return this;
    }
}
