using System.Diagnostics;
using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Methods;

namespace Cirrus.Playground.Compare;

/// <summary>Times single queries: what someone waits for who asks one question.</summary>
internal static class QueryTimer
{
    private const int Most = 40, Least = 3;
    private const double Limit = 2;    // seconds a method, once the least is done

    private const ulong FirstSeed = 1_000_000;

    /// <summary>Medians over queries of a gallery of the method's own, after one that is not counted.</summary>
    /// <param name="number">the method's: no two see the same pictures, for a method may remember what it worked out of one.</param>
    public static QueryTime Measure(ClipModel clip, EvaluatedMethod method, int number, CancellationToken stop)
    {
        PlaygroundBenchmark playground = PlaygroundBenchmark.Make(Split.Val, FirstSeed + (ulong)number, queries: Most);
        Lazy<float[]> mean = new(() => new float[clip.Config.P]);
        List<double> compose = [], both = [];
        long began = Stopwatch.GetTimestamp();
        for (int i = -1; i < Most - 1 && (i < Least || Stopwatch.GetElapsedTime(began).TotalSeconds < Limit); i++)
        {
            stop.ThrowIfCancellationRequested();
            PlaygroundQuery query = playground.Queries[(i + Most) % Most];
            byte[] drawn = playground.Picture(query.Reference);
            long start = Stopwatch.GetTimestamp();
            float[] picture = PlaygroundClip.Embed(clip, [drawn]);
            float[]? patches = method.Composer.NeedsPatches ? PlaygroundClip.Patches(clip, drawn) : null;
            long encoded = Stopwatch.GetTimestamp();
            Composition[] asked = [method.Compose(picture, query.Texts, mean, patches)];
            if (method.Composer.ComposeMasked(asked) is null)
                method.Composer.Compose(asked);
            long end = Stopwatch.GetTimestamp();
            if (i < 0)
                continue;
            compose.Add(Stopwatch.GetElapsedTime(encoded, end).TotalMilliseconds);
            both.Add(Stopwatch.GetElapsedTime(start, end).TotalMilliseconds);
        }
        return new(Median(compose), Median(both));
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
