using Cirrus.Tensors.Cpu;

namespace Cirrus.Evaluation;

/// <summary>Orders candidates by score, best first; of equal scores the lower place comes first.</summary>
internal static class Ranking
{
    /// <summary>The best <paramref name="depth"/> of all candidates but one.</summary>
    /// <param name="without">a candidate to leave out, or -1.</param>
    public static int[] Top(ReadOnlySpan<float> scores, int depth, int without) =>
        TopK.Largest(scores, depth, without < 0 ? null : place => place != without);

    /// <summary>Some candidates in the order of their scores, without one of them.</summary>
    public static int[] Order(ReadOnlySpan<float> scores, ReadOnlySpan<int> among, int without)
    {
        List<int> places = new(among.Length);
        foreach (int place in among)
            if (place != without)
                places.Add(place);
        return TopK.Order(scores, [.. places]);
    }
}
