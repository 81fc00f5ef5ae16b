using Cirrus.Tensors.Cpu;

namespace Cirrus.Evaluation;

/// <summary>Orders candidates by score, best first; of equal scores the lower place comes first.</summary>
internal static class Ranking
{
    /// <summary>The best <paramref name="depth"/> of the candidates that count.</summary>
    public static int[] Top(ReadOnlySpan<float> scores, int depth, Predicate<int> counts) => TopK.Largest(scores, depth, counts);

    /// <summary>Some candidates in the order of their scores.</summary>
    public static int[] Order(ReadOnlySpan<float> scores, ReadOnlySpan<int> among, Predicate<int> counts)
    {
        List<int> places = new(among.Length);
        foreach (int place in among)
            if (counts(place))
                places.Add(place);
        return TopK.Order(scores, [.. places]);
    }
}
