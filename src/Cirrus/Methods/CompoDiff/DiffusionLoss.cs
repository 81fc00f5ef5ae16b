using Cirrus.Tensors;

namespace Cirrus.Methods.CompoDiff;

/// <summary>What CompoDiff's training makes small: mean of (x₀ − f(√ᾱ_t·x₀ + √(1 − ᾱ_t)·ε, t | conditions))².</summary>
/// <remarks>
/// t and ε are drawn for each sample. Words become the empty text, and a picture none, each with a chance of its own; a mask is never left out.
/// Source: Gu et al., TMLR 2024 (methods: 5.9).
/// </remarks>
internal sealed class DiffusionLoss(Denoiser network, PromptStates states, IReadOnlyList<float[]> features,
    IReadOnlyList<float[]> allMasks, int padId)
{
    private enum Randoms { Times, Noise, Words, Pictures }

    /// <summary>→ [1].</summary>
    /// <param name="draws">times and noises that each sample of the batch is given.</param>
    /// <param name="drop">the chance that a condition is left out.</param>
    public Tensor Forward(Graph g, IReadOnlyList<DiffusionSample> batch, int draws, float drop, Philox random)
    {
        int n = batch.Count * draws, d = network.Sizes.D;
        float[] noisy = new float[n * d], target = new float[n * d], times = new float[n], noise = new float[d];
        for (int i = 0; i < n; i++)
        {
            int t = Of(random, Randoms.Times).Integer((ulong)i, network.Schedule.Timesteps);
            for (int j = 0; j < d; j++)
                noise[j] = Of(random, Randoms.Noise).Normal((ulong)((i * d) + j));
            features[batch[i / draws].Target].CopyTo(target, i * d);
            network.Schedule.Noise(noisy.AsSpan(i * d, d), target.AsSpan(i * d, d), noise, t);
            times[i] = t;
        }
        DenoiserContext context = network.Context(g, Conditions(g, batch, drop, random));
        Tensor estimate = network.Forward(g, g.Arena.From(noisy, n, d), network.Time(g, times), context);                    // [N, D]
        return g.MeanSquaredError(estimate, g.Arena.From(target, n, d));
    }

    /// <summary>What each sample of the batch is told; words that several have stand there once.</summary>
    private DenoiserConditions Conditions(Graph g, IReadOnlyList<DiffusionSample> batch, float drop, Philox random)
    {
        int d = network.Sizes.D, pixels = network.Sizes.MaskSide * network.Sizes.MaskSide;
        List<string> texts = [""];
        List<float[]> pictures = [new float[d]], masks = [new float[pixels]];
        int[] textOf = new int[batch.Count], pictureOf = new int[batch.Count], maskOf = new int[batch.Count];
        Dictionary<string, int> places = new() { [""] = 0 };
        for (int i = 0; i < batch.Count; i++)
        {
            DiffusionSample sample = batch[i];
            bool silent = Of(random, Randoms.Words).Uniform((ulong)i) < drop, blind = Of(random, Randoms.Pictures).Uniform((ulong)i) < drop;
            textOf[i] = silent ? 0 : Place(texts, places, sample.Text);
            pictureOf[i] = sample.Reference is int reference && !blind ? Added(pictures, features[reference]) : 0;
            maskOf[i] = sample.Mask is int mask ? Added(masks, allMasks[mask]) : 0;
        }
        float[][] encoded = states.Of([.. texts.Select(t => new PaddedText(t, states.Length(t)))], padId);
        return new(
            Rows(g, encoded, states.Width), textOf,
            Rows(g, pictures, d), pictureOf,
            Rows(g, masks, pixels), maskOf)
        { T = encoded[0].Length / states.Width };
    }

    private static Philox Of(Philox random, Randoms part) => random.Fork((ulong)part);

    private static int Place(List<string> texts, Dictionary<string, int> places, string text)
    {
        if (places.TryAdd(text, texts.Count))
            texts.Add(text);
        return places[text];
    }

    private static int Added(List<float[]> rows, float[] row)
    {
        rows.Add(row);
        return rows.Count - 1;
    }

    private static Tensor Rows(Graph g, IReadOnlyList<float[]> some, int columns)
    {
        float[] all = new float[some.Sum(r => r.Length)];
        int at = 0;
        foreach (float[] row in some)
        {
            row.CopyTo(all, at);
            at += row.Length;
        }
        return g.Arena.From(all, all.Length / columns, columns);
    }
}
