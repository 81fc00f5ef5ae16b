using Cirrus.Tensors.Cpu;

namespace Cirrus.Tensors.Conformance;

/// <summary>The largest of many scores, against looking for the largest again and again.</summary>
internal static class TopKCases
{
    public static IEnumerable<ConformanceCase> All()
    {
        foreach ((int n, int k) in new[] { (0, 3), (1, 1), (7, 3), (7, 20), (1031, 1), (1031, 10), (1031, 1031) })
        {
            yield return Case(n, k, "distinct", i => new Philox(9, 1).Uniform((ulong)i) - 0.5f);
            yield return Case(n, k, "many equal", i => new Philox(9, 2).Integer((ulong)i, 11) - 5);
            yield return Case(n, k, "not finite, signed zeros", i => (i % 7) switch
            {
                0 => float.NaN,
                1 => float.NegativeInfinity,
                2 => float.PositiveInfinity,
                3 => -0f,
                _ => 0f,
            });
        }
    }

    private static ConformanceCase Case(int n, int k, string kind, Func<int, float> score) =>
        new("TopK.Largest", $"{k} of {n}, {kind}", 0, "places are exact", _ =>
    {
        float[] scores = [.. Enumerable.Range(0, n).Select(score)];
        static bool Odd(int i) => i % 2 == 1;
        return TopK.Largest(scores, k).SequenceEqual(Plain(scores, k, _ => true)) && TopK.Largest(scores, k, Odd).SequenceEqual(Plain(scores, k, Odd))
            && TopK.Order(scores, [.. Enumerable.Range(0, n).Reverse()]).SequenceEqual(Plain(scores, n, _ => true)) ? 0 : double.PositiveInfinity;
    });

    private static List<int> Plain(float[] scores, int k, Predicate<int> keep)
    {
        List<int> places = [];
        bool[] taken = new bool[scores.Length];
        while (places.Count < k)
        {
            int best = -1;
            for (int i = 0; i < scores.Length; i++)
                if (!taken[i] && keep(i) && (best < 0 || scores[i] > scores[best] || (float.IsNaN(scores[best]) && !float.IsNaN(scores[i]))))
                    best = i;
            if (best < 0)
                break;
            taken[best] = true;
            places.Add(best);
        }
        return places;
    }
}
