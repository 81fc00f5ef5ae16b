namespace Cirrus.Tensors.Conformance;

/// <summary>What works element by element, dropout and noise among it.</summary>
internal static class ElementCases
{
    public static IEnumerable<ConformanceCase> All()
    {
        foreach (int[] shape in new int[][] { [1], [7, 13], [129, 129], [0, 5] })
        {
            Philox random = new(11, (ulong)shape[0]);
            string size = string.Join('x', shape);
            Allowance few = Allowance.Roundings(4);
            yield return Check.Of("Add", size, few, [new(shape), new(shape)], (g, x) => g.Add(x[0], x[1]), x => [.. x[0].Zip(x[1], (a, b) => a + b)]);
            yield return Check.Of("Blend", size, few, [new(shape), new(shape)], (g, x) => g.Blend(x[0], 0.3f, x[1], -1.7f),
                x => [.. x[0].Zip(x[1], (a, b) => (0.3f * a) + (-1.7f * b))]);
            yield return Check.Of("Multiply", size, few, [new(shape), new(shape)], (g, x) => g.Multiply(x[0], x[1]), x =>
                [.. x[0].Zip(x[1], (a, b) => a * b)]);
            yield return Check.Of("Sigmoid", size, Allowance.Roundings(16), [new(shape, Spread: 2)], (g, x) => g.Sigmoid(x[0]),
                x => [.. x[0].Select(v => Plain.Activate(v, Activation.Sigmoid))]);
            yield return Check.Of("Exp", size, Allowance.Roundings(8), [new(shape, Spread: 3)], (g, x) => g.Exp(x[0]), x =>
                [.. x[0].Select(Math.Exp)]);
            yield return Check.Of("DivideByRoot", size, Allowance.Roundings(16),
                [new(shape), new(shape, Spread: 0.8, Center: 1)], (g, x) => g.DivideByRoot(x[0], x[1]),
                x => [.. x[0].Zip(x[1], (a, b) => a / Math.Sqrt(b))]);
            yield return Check.Of("Reshape", size, Allowance.Roundings(2), [new(shape)], (g, x) => g.Reshape(x[0], (int)x[0].Count, 1), x => x[0]);
            yield return Check.Of("Relu", size, Allowance.Roundings(4), [new(shape, Spread: 0.5, Center: 1)],
                (g, x) => g.Relu(g.Scale(x[0], -1)), x => new double[x[0].Length]);
            yield return Check.Of("Relu", $"{size}, above 0", few, [new(shape, Spread: 0.5, Center: 1)], (g, x) => g.Relu(x[0]), x => x[0]);
            yield return Check.Of("Scale", size, few, [new(shape)], (g, x) => g.Scale(x[0], -0.7f), x => [.. x[0].Select(v => -0.7f * v)]);
            yield return Check.Of("Dropout", $"{size}, p 0.3", few, [new(shape)],
                (g, x) =>
                {
                    g.Random = random;
                    return g.Dropout(x[0], 0.3f);
                },
                x => [.. x[0].Select((v, i) => random.Fork(0).Uniform((ulong)i) < 0.3f ? 0 : v / (1 - 0.3f))]);
            yield return Check.Of("Dropout", $"{size}, no random numbers", Allowance.Roundings(1), [new(shape)],
                (g, x) => g.Dropout(x[0], 0.3f), x => x[0]);
            yield return Check.Of("Dropout", $"{size}, a given mask", few, [new(shape), new(shape, Gradient: false)],
                (g, x) => g.Dropout(x[0], 0.5f, x[1]), x => [.. x[0].Zip(x[1], (v, keep) => v * keep / 0.5)]);
            yield return Check.Of("AddNoise", size, few, [new(shape, Gradient: false)],
                (g, x) =>
                {
                    g.Random = random;
                    return g.AddNoise(x[0], 2f);
                },
                x => Noisy(x[0], shape[^1], random.Fork(0)));
            yield return Check.Of("Convert", $"{size} to its own type", Allowance.Roundings(1), [new(shape)],
                (g, x) => g.Convert(x[0], x[0].Type), x => x[0]);
            yield return Moved(size, shape);
            yield return Summed(size, shape);
        }
    }

    private static double[] Noisy(double[] x, int w, Philox stream) =>
        [.. x.Select((v, i) => v + (2 * (double)stream.Fork(0).Uniform((ulong)(i / w)) * stream.Fork(1).Normal((ulong)i)))];

    /// <summary>Copies and sums outside a graph.</summary>
    private static ConformanceCase Summed(string size, int[] shape) =>
        new("Device.Copy, Device.Accumulate", size, Allowance.Roundings(1).Error, Allowance.Roundings(1).Reason, device =>
        {
            using Arena arena = new(device) { Poisoned = true };
            Tensor x = Check.Draw(arena, new(shape), 1), y = Check.Draw(arena, new(shape), 2), sum = arena.New(shape);
            device.Copy(sum, x);
            device.Accumulate(sum, y);
            double error = Check.Distance([.. Check.Read(x).Zip(Check.Read(y), (a, b) => a + b)], Check.Read(sum));
            return arena.IsIntact() ? error : double.PositiveInfinity;
        });

    /// <summary>Upload and download, fill.</summary>
    private static ConformanceCase Moved(string size, int[] shape) =>
        new("Device.Upload, Device.Download, Device.Fill", size, Allowance.Exact.Error, Allowance.Exact.Reason, device =>
        {
            using Arena arena = new(device) { Poisoned = true };
            Tensor x = arena.New(shape), filled = arena.New(shape);
            float[] values = [.. Enumerable.Range(0, (int)x.Count).Select(i => i - 0.5f)];
            device.Upload(x, values);
            device.Fill(filled, -3);
            double error = Math.Max(Check.Distance(Array.ConvertAll(values, v => (double)v), Check.Read(x)),
                Check.Distance([.. values.Select(_ => -3.0)], Check.Read(filled)));
            return arena.IsIntact() ? error : double.PositiveInfinity;
        });
}
