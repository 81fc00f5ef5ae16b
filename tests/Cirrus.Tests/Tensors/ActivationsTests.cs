using Cirrus.Tensors;
using Cirrus.Tensors.Cpu;

namespace Cirrus.Tests.Tensors;

/// <summary>e^x and the activations against float64, over the range and at lengths off whole vectors.</summary>
public sealed class ActivationsTests
{
    [Fact]
    public void Exponential_is_right_to_3e7_relative()
    {
        float[] x = new float[20_011];
        for (int i = 0; i < x.Length; i++)
            x[i] = -86.9f + (i * (174.8f / x.Length));
        float[] y = [.. x];
        Exponential.Row(y, 1f, 0f);
        for (int i = 0; i < x.Length; i++)
            Assert.InRange(y[i] / Math.Exp(x[i]), 1 - 3e-7, 1 + 3e-7);
        float[] small = [.. x];
        float sum = Exponential.Row(small, 0.5f, 30f);              // e^(x/2 - 30)
        for (int i = 0; i < x.Length; i++)
            Assert.InRange(small[i] / Math.Exp((x[i] / 2) - 30), 1 - 4e-6, 1 + 4e-6);        // the sum before it is rounded, at 73 to 4e-6
        Assert.Equal(1.0, sum / small.Sum(v => (double)v), 1e-6);
    }

    [Fact]
    public void Exponential_ends_in_zero_and_keeps_what_is_no_number()
    {
        float[] x = [float.NegativeInfinity, -1000f, -88f, float.NaN, 1000f];
        Exponential.Row(x, 1f, 0f);
        Assert.Equal([0f, 0f, 0f, float.NaN], x[..4]);
        Assert.InRange(x[4], 1.6e38f, float.MaxValue);
    }

    // Gelu's error is that of its erf, 1.5e-7, times x or less; its slope's twice that. QuickGelu's is 4e-7 of its value.
    [Theory]
    [InlineData(Activation.Gelu, 8e-7)]
    [InlineData(Activation.QuickGelu, 8e-7)]
    [InlineData(Activation.Sigmoid, 8e-7)]
    [InlineData(Activation.Relu, 0)]
    [InlineData(Activation.None, 0)]
    public void Values_and_slopes_are_those_of_float64(Activation activation, double tolerance)
    {
        foreach (int n in new[] { 1, 15, 16, 4003 })
        {
            float[] x = new float[n], y = new float[n], dx = new float[n], dy = new float[n];
            for (int i = 0; i < n; i++)
                (x[i], dy[i], dx[i]) = (-9f + (18f * (i + 0.5f) / n), 0.75f, 0.25f);
            Activations.Forward(y, x, activation);
            Activations.Backward(dx, dy, x, activation, accumulate: true);
            Activations.Backward(dy, dy, x, activation, accumulate: false);
            for (int i = 0; i < n; i++)
            {
                (double value, double slope) = Exact(x[i], activation);
                double allowed = tolerance * Math.Max(1, Math.Abs(x[i]));
                Assert.Equal(value, y[i], allowed + 1e-12);
                Assert.Equal(0.75 * slope, dy[i], allowed + 1e-12);
                Assert.Equal(0.25 + (0.75 * slope), dx[i], allowed + 1e-7);
            }
        }
    }

    private static (double Value, double Slope) Exact(double x, Activation activation)
    {
        switch (activation)
        {
            case Activation.QuickGelu:
                double s = 1 / (1 + Math.Exp(-1.702 * x));
                return (x * s, s * (1 + (1.702 * x * (1 - s))));
            case Activation.Gelu:
                double phi = Normal(x);
                return (x * phi, phi + (x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI)));
            case Activation.Sigmoid:
                double y = 1 / (1 + Math.Exp(-x));
                return (y, y * (1 - y));
            case Activation.Relu:
                return (Math.Max(0, x), x > 0 ? 1 : 0);
            default:
                return (x, 1);
        }
    }

    /// <summary>½ + density·(x + x³/3 + x⁵/15 + ...), the series of the normal distribution function.</summary>
    private static double Normal(double x)
    {
        double term = x, sum = x;
        for (int i = 3; i < 400; i += 2)
            sum += term *= x * x / i;
        return 0.5 + (sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
    }
}
