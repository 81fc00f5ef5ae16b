using System.Numerics.Tensors;

namespace Cirrus.Methods;

/// <summary>
/// A part of a score that looks at some dimensions of a candidate more than at others: u·(m⊙t) / ‖m⊙t‖₂ for its unit
/// feature t.
/// </summary>
/// <param name="Vector">u, [P]; its length is the weight of the term.</param>
/// <param name="Mask">m, [P]; all ones make the term the plain dot product.</param>
public sealed record MaskedTerm(float[] Vector, float[] Mask)
{
    private const int OnStack = 2048;

    /// <summary>The term of a vector without a mask.</summary>
    public static MaskedTerm Plain(float[] vector)
    {
        ArgumentNullException.ThrowIfNull(vector);
        float[] ones = new float[vector.Length];
        Array.Fill(ones, 1f);
        return new(vector, ones);
    }

    /// <summary>The score of a candidate: the sum over terms.</summary>
    /// <param name="t">[P], a unit vector.</param>
    public static float Score(IReadOnlyList<MaskedTerm> terms, ReadOnlySpan<float> t)
    {
        ArgumentNullException.ThrowIfNull(terms);
        Span<float> seen = t.Length <= OnStack ? stackalloc float[t.Length] : new float[t.Length];
        float score = 0;
        for (int k = 0; k < terms.Count; k++)
        {
            if (terms[k].Vector.Length != t.Length || terms[k].Mask.Length != t.Length)
                throw new ArgumentException($"A term of {terms[k].Vector.Length} numbers and a mask of "
                    + $"{terms[k].Mask.Length} score no row of {t.Length}.");
            TensorPrimitives.Multiply(terms[k].Mask, t, seen);
            score += TensorPrimitives.Dot<float>(terms[k].Vector, seen) / MathF.Max(TensorPrimitives.Norm<float>(seen), 1e-12f);
        }
        return score;
    }
}
