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

    /// <summary>Medians over the first queries of a benchmark, after one that is not counted.</summary>
    public static QueryTime Measure(ClipModel clip, EvaluatedMethod method, PlaygroundBenchmark playground, CancellationToken stop)
    {
        Lazy<float[]> mean = new(() => new float[clip.Config.P]);
        List<double> compose = [], both = [];
        long began = Stopwatch.GetTimestamp();
        for (int i = -1; i < Math.Min(Most, playground.Queries.Count) && (i < Least || Stopwatch.GetElapsedTime(began).TotalSeconds < Limit); i++)
        {
            stop.ThrowIfCancellationRequested();
            PlaygroundQuery query = playground.Queries[Math.Max(i, 0)];
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
