using System.Security.Cryptography;
using System.Text;
using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.CompoDiff;

/// <summary>One thing to learn: words, perhaps a picture and a mask, and the picture that they ask for.</summary>
/// <param name="Reference">a place in the set's pictures, of a picture or of what a mask leaves of one; null: none is given.</param>
/// <param name="Mask">a place in the set's masks; null: none.</param>
/// <param name="Target">a place in the set's pictures.</param>
public sealed record DiffusionSample(string Text, int? Reference, int? Mask, int Target);

/// <summary>What CompoDiff learns from: captioned pictures, captioned pictures of which a part is hidden, and triplets.</summary>
/// <param name="Pictures">all that samples name; what a mask leaves of a picture is a picture of its own.</param>
/// <param name="Masks">[side²] of 0 and 1 each.</param>
/// <param name="Words">captions and their pictures.</param>
/// <param name="Hidden">captions, what a mask leaves of their pictures, and the whole pictures.</param>
/// <param name="Triplets">instructions, the pictures they are for, and the wanted ones.</param>
public sealed record DiffusionSet(PictureSet Pictures, IReadOnlyList<float[]> Masks, IReadOnlyList<DiffusionSample> Words,
    IReadOnlyList<DiffusionSample> Hidden, IReadOnlyList<DiffusionSample> Triplets)
{
    /// <summary>The published mixture of the second stage; the rest are triplets.</summary>
    private const float WordsShare = 0.3f, HiddenShare = 0.3f;

    /// <summary>Raw features of the pictures, [P] each, where they are known already; null: they are computed of the pictures.</summary>
    public IReadOnlyList<float[]>? Features { get; init; }

    public int Count => Words.Count + Hidden.Count + Triplets.Count;

    /// <summary>SHA-256 over pictures, masks and samples, 16 hex digits: tells a resumed run that its data are the same.</summary>
    public string Fingerprint()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(Pictures.Fingerprint));
        foreach (float[] mask in Masks)
            hash.AppendData(Array.ConvertAll(mask, m => m > 0 ? (byte)1 : (byte)0));
        foreach (DiffusionSample s in (IEnumerable<DiffusionSample>)[.. Words, .. Hidden, .. Triplets])
            hash.AppendData(Encoding.UTF8.GetBytes($"\n{s.Reference} {s.Mask} {s.Target} {s.Text}"));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

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

    /// <summary>Without the samples that name one of these pictures.</summary>
    public DiffusionSet Without(IReadOnlySet<int> pictures)
    {
        IReadOnlyList<DiffusionSample> Left(IReadOnlyList<DiffusionSample> samples) =>
            [.. samples.Where(s => !pictures.Contains(s.Target) && !(s.Reference is int reference && pictures.Contains(reference)))];
        return pictures.Count == 0 ? this : this with { Words = Left(Words), Hidden = Left(Hidden), Triplets = Left(Triplets) };
    }

    /// <exception cref="CirrusException">A kind of sample that will be drawn is missing.</exception>
    public DiffusionSet Check(CompoDiffOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        bool mixed = options.Steps > options.FirstSteps;
        if ((Words.Count == 0 && (mixed || options.FirstSteps > 0)) || (mixed && (Hidden.Count == 0 || Triplets.Count == 0)))
            throw new CirrusException(
                $"CompoDiff learns from captions, hidden parts and triplets; here are {Words.Count:N0}, {Hidden.Count:N0} and {Triplets.Count:N0}.",
                hint: "give all three, or no second stage: --set first_share=1");
        return this;
    }
}
