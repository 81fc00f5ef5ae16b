using Cirrus.Tensors;

namespace Cirrus.Methods.CompoDiff;

/// <summary>What to sample, B queries. Texts that are equal may stand there once.</summary>
/// <param name="Texts">U texts' states, [T·TextWidth] each.</param>
/// <param name="TextOf">[B]: which of them a query wants.</param>
/// <param name="AgainstOf">[B]: which of them it is pushed away from: the negative text, or the empty one.</param>
/// <param name="Pictures">[B]: raw features of the reference pictures, [D]; null for none.</param>
/// <param name="Masks">[B]: what of the picture is to be changed, [side²] of 0 and 1; null for no mask.</param>
public sealed record SamplingQueries(IReadOnlyList<float[]> Texts, int[] TextOf, int[] AgainstOf,
    IReadOnlyList<float[]?> Pictures, IReadOnlyList<float[]?> Masks)
{
    public int B => TextOf.Length;
}

/// <summary>Samples picture features with a denoiser by DDIM under two guidance scales (methods: 5.6, 5.7). Thread-safe.</summary>
/// <remarks>
/// The noise left in x_t is estimated with ᾱ_t, the step to the next time made with ᾱ_{t−1}: so it is in the release. Words, picture and mask go
/// through the network once a query, for all steps and samples. Source: Song et al., DDIM, ICLR 2021; Brooks et al.,
/// InstructPix2Pix, CVPR 2023, for the two scales.
/// </remarks>
public sealed class DdimSampler(Denoiser network)
{
    private const int QueriesAtOnce = 16;

    /// <summary>The times of S steps, the last of them −1: whole parts of S points from −1 on the way to T, from the end.</summary>
    /// <remarks>
    /// Exact. In float32, where whole numbers come out, some of the release's lists (116 of 1000) have one less,
    /// depending on the processor.
    /// </remarks>
    public static int[] Times(int steps, int timesteps = 1000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        return [.. Enumerable.Range(0, steps).Select(i => (int)((((long)timesteps + 1) * i - steps) / steps)).Reverse()];
    }

    /// <summary>The mean of each query's samples, raw → [B, D].</summary>
    /// <param name="options">what is null is as published.</param>
    /// <exception cref="ArgumentException">A query does not fit the network.</exception>
    public float[] Sample(SamplingQueries queries, SamplingOptions options) => Sample(queries, options, null, null);

    /// <param name="noise">the noise to take instead of drawing it: [B·r·D] at the start, then for each step that draws some.</param>
    /// <param name="each">sees x and the guided estimate, [B·r·D], of every evaluation.</param>
    internal float[] Sample(SamplingQueries queries, SamplingOptions options, IReadOnlyList<float[]>? noise, Action<float[], float[]>? each)
    {
        options = options.Or(SamplingOptions.Published);
        int d = network.Sizes.D, samples = options.Samples!.Value;
        float[] results = new float[queries.B * d];
        using Arena whole = new(network.Device), step = new(network.Device);
        for (int first = 0; first < queries.B; first += QueriesAtOnce)
        {
            int count = Math.Min(QueriesAtOnce, queries.B - first);
            float[] x = Run(queries, first, count, options, noise, each, whole, step);
            whole.Reset();
            for (int i = 0; i < x.Length; i++)
                results[((first + (i / d / samples)) * d) + (i % d)] += x[i] / samples;
        }
        return results;
    }

    /// <summary>Samples of some queries → [count·r·D].</summary>
    private float[] Run(SamplingQueries queries, int first, int count, SamplingOptions options, IReadOnlyList<float[]>? noise,
        Action<float[], float[]>? each, Arena whole, Arena step)
    {
        int d = network.Sizes.D, draws = 0;
        int[] times = Times(options.AllSteps, network.Schedule.Timesteps);
        Graph g = new(whole);
        DenoiserContext context = network.Context(g, Conditions(g, queries, first, count));
        Tensor time = times.Length == 1 ? whole.Zeros(0, d) : network.Time(g, [.. times[..^1].Select(t => (float)t)]);         // [S − 1, D]
        float[] Draw() => noise is null ? Noise(options.Seed, draws++, count, options.Samples!.Value * d) : noise[draws++];
        float[] x = [.. Draw()], x0 = new float[x.Length], estimate = [];
        for (int i = 0; i + 1 < times.Length; i++)
        {
            step.Reset();
            network.Device.Download(x0, Guided(new(step), x, time.Slice(i, 1), context, options));
            each?.Invoke([.. x], [.. x0]);
            if (i == 0)
                estimate = [.. x0];
            Step(x, x0, times[i], times[i + 1], options.Eta, Draw);
        }
        float keep = options.KeepFirst!.Value;
        return keep == 0 || estimate.Length == 0 ? x : [.. x.Zip(estimate, (late, first) => ((1 - keep) * late) + (keep * first))];
    }

    /// <summary>f3 + s_T·(f1 − f2) + s_I·(f2 − f3): all conditions, the text replaced, the picture left out too; [N, D] each.</summary>
    internal static Tensor Guide(Graph g, Tensor f1, Tensor f2, Tensor f3, float imageScale, float textScale)
    {
        Tensor words = g.Blend(f1, 1, f2, -1), picture = g.Blend(f2, 1, f3, -1);                                               // [N, D]
        return g.Blend(g.Blend(f3, 1, words, textScale), 1, picture, imageScale);                                              // [N, D]
    }

    /// <summary>The guided estimate, from three copies in one batch → [N, D].</summary>
    private Tensor Guided(Graph g, float[] x, Tensor time, DenoiserContext context, SamplingOptions options)
    {
        int d = network.Sizes.D, n = x.Length / d;
        Tensor one = g.Arena.From(x, n, d);                                                                                    // [N, D]
        Tensor f = network.Forward(g, g.Stack(g.Stack(one, one), one), time, context);                                         // [3N, D]
        return Guide(g, f.Slice(0, n), f.Slice(n, n), f.Slice(2 * n, n), options.ImageScale!.Value, options.TextScale!.Value);  // [N, D]
    }

    private DenoiserConditions Conditions(Graph g, SamplingQueries queries, int first, int count)
    {
        int d = network.Sizes.D, pixels = network.Sizes.MaskSide * network.Sizes.MaskSide, w = network.Sizes.TextWidth;
        int[] wanted = queries.TextOf[first..(first + count)], against = queries.AgainstOf[first..(first + count)];
        int[] used = [.. wanted.Concat(against).Distinct()];
        int length = used.Length == 0 ? 0 : queries.Texts[used[0]].Length;
        if (length % w != 0 || used.Any(t => queries.Texts[t].Length != length))
            throw new ArgumentException(
                $"Texts' states have {length} values; of a width of {w} they must be a multiple, and all alike.", nameof(queries));
        List<float[]> pictures = [new float[d]], masks = [new float[pixels]];
        int[] pictureOf = [.. Enumerable.Range(first, count).Select(q => Place(pictures, queries.Pictures[q], d))];
        int[] maskOf = [.. Enumerable.Range(first, count).Select(q => Place(masks, queries.Masks[q], pixels))];
        int[] Texts(int[] of) => [.. of.Select(t => Array.IndexOf(used, t))];
        return new(
            Rows(g, [.. used.Select(t => queries.Texts[t])], w), [.. Texts(wanted), .. Texts(against), .. Texts(against)],
            Rows(g, pictures, d), [.. pictureOf, .. pictureOf, .. new int[count]],
            Rows(g, masks, pixels), [.. maskOf, .. maskOf, .. maskOf])
        { T = length / w };
    }

    /// <summary>Where a condition stands; none of them is the zeros at 0.</summary>
    private static int Place(List<float[]> rows, float[]? row, int length)
    {
        if (row is null)
            return 0;
        if (row.Length != length)
            throw new ArgumentException($"A picture or mask has {row.Length} values, not {length}.");
        rows.Add(row);
        return rows.Count - 1;
    }

    private static Tensor Rows(Graph g, IReadOnlyList<float[]> rows, int columns) =>
        g.Arena.From([.. rows.SelectMany(r => r)], rows.Sum(r => r.Length) / columns, columns);

    /// <summary>x becomes what it is at the next time.</summary>
    private void Step(float[] x, float[] x0, int t, int next, float eta, Func<float[]> draw)
    {
        if (next < 0)
        {
            x0.CopyTo(x, 0);
            return;
        }
        NoiseSchedule schedule = network.Schedule;
        double left = schedule.Left[t], a = schedule.LeftBefore[t], an = schedule.LeftBefore[next];
        double anew = eta * Math.Sqrt((1 - (a / an)) * (1 - an) / (1 - a)), kept = Math.Sqrt(Math.Max(0, 1 - an - (anew * anew)));
        (float ofX, float ofEstimate) = ((float)(1 / Math.Sqrt(left)), (float)(1 / Math.Sqrt((1 / left) - 1)));
        (float c0, float c1, float c2) = ((float)Math.Sqrt(an), (float)anew, (float)kept);
        float[]? z = next > 0 ? draw() : null;
        for (int i = 0; i < x.Length; i++)
        {
            float noise = ((x[i] * ofX) - x0[i]) * ofEstimate;
            x[i] = (c0 * x0[i]) + (c1 * (z?[i] ?? 0)) + (c2 * noise);
        }
    }

    /// <summary>The same numbers for every query → [count·each].</summary>
    private static float[] Noise(ulong seed, int draw, int count, int each)
    {
        Philox random = new Philox(seed, 0).Fork((ulong)draw);
        float[] one = [.. Enumerable.Range(0, each).Select(i => random.Normal((ulong)i))];
        return [.. Enumerable.Range(0, count).SelectMany(_ => one)];
    }
}
