using Cirrus.Methods.Tirg;
using Cirrus.Tensors;

namespace Cirrus.Tests.Methods.Tirg;

public sealed class TirgNetworkTests
{
    private const int B = 3, P = 4;

    // Sums of 8 numbers in float32 against float64.
    [Fact]
    public void The_query_is_that_of_the_formula()
    {
        using Device device = Device.Open("cpu");
        using Arena arena = new(device);
        using TirgNetwork tirg = TirgNetwork.Random(device, P, 16, new Philox(2, 0));
        foreach (int norm in new[] { 3, 4, 7, 8 })
            device.Upload(tirg.Weights[norm], [.. Draw(2 * P, (ulong)norm)]);
        float[] v = Draw(B * P, 20), t = Draw(B * P, 21);
        float[] found = tirg.Forward(new Graph(arena), arena.From(v, B, P), arena.From(t, B, P)).Floats.ToArray();
        double[][] w = [.. tirg.Weights.Select(x => x.Floats.ToArray().Select(f => (double)f).ToArray())];
        for (int b = 0; b < B; b++)
        {
            double[] both = [.. v[(b * P)..((b + 1) * P)].Concat(t[(b * P)..((b + 1) * P)]).Select(f => (double)f)];
            double[] gate = Linear(Ramp(Norm(both, w[3], w[4])), w[5], w[6]);
            double[] residual = Linear(Ramp(Linear(Ramp(Norm(both, w[7], w[8])), w[9], w[10])), w[11], w[12]);
            double[] f = [.. gate.Select((x, i) => (w[0][0] * both[i] / (1 + Math.Exp(-x))) + (w[1][0] * residual[i]))];
            double length = Math.Sqrt(f.Sum(x => x * x));
            Golden.Close([.. f.Select(x => (float)(x / length))], found.AsSpan(b * P, P), 2e-6f);
        }
    }

    [Fact]
    public void The_scale_of_the_logits_begins_as_asked_and_is_learned()
    {
        using Device device = Device.Open("cpu");
        using Arena arena = new(device);
        using TirgNetwork tirg = TirgNetwork.Random(device, P, 16, new Philox(2, 0));
        Graph g = new(arena);
        tirg.Watch(g);
        Tensor v = arena.From(Draw(B * P, 20), B, P), t = arena.From(Draw(B * P, 21), B, P),
            targets = g.L2Normalize(arena.From(Draw(B * P, 22), B, P));
        Tensor logits = tirg.Logits(g, v, t, targets, scale: 1), cosines = g.Linear(tirg.Forward(g, v, t), targets);
        Golden.Close([.. cosines.Floats.ToArray().Select(c => 16 * c)], logits.Floats, 1e-6f);
        g.Backward(g.CrossEntropy(logits, [0, 1, 2]));
        Assert.NotEqual(0, g.Gradient(tirg.Weights[tirg.Names.ToList().IndexOf("normalize_scale")]).Floats[0]);
    }

    private static float[] Draw(int count, ulong stream) => [.. Enumerable.Range(0, count).Select(i => new Philox(6, stream).Normal((ulong)i))];

    private static double[] Norm(double[] x, double[] gain, double[] bias)
    {
        double mean = x.Average(), deviation = Math.Sqrt(x.Average(v => (v - mean) * (v - mean)) + 1e-5);
        return [.. x.Select((v, i) => ((v - mean) / deviation * gain[i]) + bias[i])];
    }

    private static double[] Ramp(double[] x) => [.. x.Select(v => Math.Max(0, v))];

    private static double[] Linear(double[] x, double[] w, double[] b) =>
        [.. b.Select((bias, o) => bias + x.Select((v, i) => v * w[(o * x.Length) + i]).Sum())];
}
