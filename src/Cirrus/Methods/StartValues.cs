using Cirrus.Tensors;

namespace Cirrus.Methods;

/// <summary>Start values of weights that are trained.</summary>
internal static class StartValues
{
    /// <summary>PyTorch's initialisation of linear layers, weights and biases: U(−1/√fan_in, 1/√fan_in).</summary>
    public static float[] Linear(int[] shape, int fanIn, Philox random)
    {
        float bound = 1f / MathF.Sqrt(fanIn);
        float[] values = new float[CountOf(shape)];
        for (int i = 0; i < values.Length; i++)
            values[i] = ((2 * random.Uniform((ulong)i)) - 1) * bound;
        return values;
    }

    /// <exception cref="OverflowException">They are more than an array holds.</exception>
    public static int CountOf(int[] shape) => shape.Aggregate(1, (n, d) => checked(n * d));
}
