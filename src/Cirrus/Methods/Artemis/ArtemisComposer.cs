using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.Artemis;

/// <summary>Composes the masked terms of ARTEMIS.</summary>
/// <remarks>
/// Words alone are asked by their own term (EM). Several pictures share the other one (IS). Beyond the paper: --image-weight w
/// weighs EM by 2(1 − w) and IS by 2w, and a picture alone is its cosine.
/// </remarks>
public sealed class ArtemisComposer : FusionNetworkComposer
{
    /// <summary>What --image-weight does here.</summary>
    public new const string ImageWeightMeaning =
        "0.5 (or unset) is the published sum; towards 0 the term of the words counts alone, towards 1 that of what is kept of the picture";

    private readonly ArtemisNetwork _network;

    /// <param name="network">disposed with the composer.</param>
    /// <exception cref="CirrusException">It was not made for this CLIP.</exception>
    public ArtemisComposer(ClipModel clip, ArtemisNetwork network)
        : base(clip, network) => _network = network;

    public override IReadOnlyList<MaskedTerm>[] ComposeMasked(IReadOnlyList<Composition> queries)
    {
        List<MaskedTerm>[] terms = [.. queries.Select(_ => new List<MaskedTerm>())];
        float[]?[] words = Words(queries);
        for (int q = 0; q < queries.Count; q++)
        {
            if (words[q] is float[] w)
                Ask(terms[q], queries[q], w);
            else
                terms[q].Add(MaskedTerm.Plain(UnitVectors.Mean(queries[q].Pictures, queries[q].Shares)));
            foreach (float[] avoided in queries[q].Without ?? [])
                terms[q].Add(MaskedTerm.Plain(Scaled(UnitVectors.Normalize(avoided), -UnitVectors.AvoidShare)));
        }
        return terms;
    }

    private void Ask(List<MaskedTerm> terms, Composition query, float[] words)
    {
        int n = query.Pictures.Count, p = words.Length;
        float weight = n == 0 ? 0 : query.ImageWeight ?? 0.5f;
        float[][] rows = Run(g =>
        {
            Tensor pictures = n == 0 ? g.Arena.Zeros(1, p) : g.Arena.From([.. query.Pictures.SelectMany(x => x)], n, p);
            Tensor same = g.GatherRows(g.Arena.From(words, 1, p), new int[Math.Max(1, n)]);
            (Tensor match, Tensor matchMask, Tensor keep, Tensor keepMask) = _network.Terms(g, pictures, same);
            return [match, matchMask, keep, keepMask];
        });
        if (weight < 1)
            terms.Add(new(Scaled(rows[0][..p], n == 0 ? 1 : 2 * (1 - weight)), rows[1][..p]));
        for (int i = 0; i < n && weight > 0; i++)
        {
            float share = query.Shares?[i] / query.Shares?.Sum() ?? 1f / n;
            Range picture = (i * p)..((i + 1) * p);
            terms.Add(new(Scaled(rows[2][picture], 2 * weight * share), rows[3][picture]));
        }
    }

    private static float[] Scaled(float[] x, float a) => [.. x.Select(v => a * v)];
}
