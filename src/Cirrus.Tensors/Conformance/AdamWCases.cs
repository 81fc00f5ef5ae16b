namespace Cirrus.Tensors.Conformance;

/// <summary>Steps of the optimizer: parameters and both moments.</summary>
internal static class AdamWCases
{
    private const float Rate = 1e-2f, Beta1 = 0.9f, Beta2 = 0.999f, Eps = 1e-8f;
    private const int Steps = 5;

    public static IEnumerable<ConformanceCase> All()
    {
        foreach (int n in new[] { 1, 91, 16_389 })
        {
            yield return Case(n, 0f, float.PositiveInfinity);
            yield return Case(n, 0.1f, 0.5f);
        }
    }

    private static ConformanceCase Case(int n, float decay, float clip) =>
        new("AdamW.Step", $"{n} and 3, {Steps} steps{(decay > 0 ? $", decay {decay}, clipped to {clip}" : "")}",
        Allowance.Roundings(8 * Steps).Error, $"{Steps} steps of about 8 roundings to 24 bits", device =>
        {
            using Arena arena = new(device) { Poisoned = true };
            Tensor[] parameters = [Check.Draw(arena, new([n]), 1), Check.Draw(arena, new([3]), 2)];
            double[][] p = [.. parameters.Select(Check.Read)], m = [new double[n], new double[3]], v = [new double[n], new double[3]];
            using AdamW optimizer = new(parameters, Beta1, Beta2, Eps);
            for (int step = 1; step <= Steps; step++)
            {
                Tensor[] gradients = [Check.Draw(arena, new([n]), (ulong)(10 * step)), Check.Draw(arena, new([3]), (ulong)((10 * step) + 1))];
                optimizer.Step(gradients, Rate, [decay, decay / 2], clip);
                double[][] g = [.. gradients.Select(Check.Read)];
                double norm = Math.Sqrt(g.Sum(x => x.Sum(y => y * y))), scale = Math.Min(1, clip / (norm + 1e-6));
                for (int i = 0; i < 2; i++)
                    Advance(p[i], g[i], m[i], v[i], scale, i == 0 ? decay : decay / 2, step);
            }
            double worst = 0;
            for (int i = 0; i < 2; i++)
                worst = Math.Max(Math.Max(worst, Check.Distance(p[i], Check.Read(parameters[i]))),
                    Math.Max(Check.Distance(m[i], Check.Read(optimizer.Moments[i].M)), Check.Distance(v[i], Check.Read(optimizer.Moments[i].V))));
            return arena.IsIntact() ? worst : double.PositiveInfinity;
        });

    /// <summary>Algorithm 2 of Loshchilov &amp; Hutter (2019) with the rate as a factor of the decay, as PyTorch has it.</summary>
    private static void Advance(double[] p, double[] g, double[] m, double[] v, double scale, double decay, int step)
    {
        for (int i = 0; i < p.Length; i++)
        {
            double gradient = g[i] * scale;
            m[i] = (Beta1 * m[i]) + ((1 - Beta1) * gradient);
            v[i] = (Beta2 * v[i]) + ((1 - Beta2) * gradient * gradient);
            double mean = m[i] / (1 - Math.Pow(Beta1, step)), square = v[i] / (1 - Math.Pow(Beta2, step));
            p[i] -= (Rate * decay * p[i]) + (Rate * mean / (Math.Sqrt(square) + Eps));
        }
    }
}
