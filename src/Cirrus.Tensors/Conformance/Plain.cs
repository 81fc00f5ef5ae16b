namespace Cirrus.Tensors.Conformance;

/// <summary>Functions as they are defined, in float64, for more than one group of cases.</summary>
internal static class Plain
{
    /// <summary>x[R, I]·w[O, I]ᵀ.</summary>
    public static double[] Product(double[] x, double[] w, int r, int o, int inner)
    {
        double[] y = new double[r * o];
        for (int i = 0; i < r; i++)
            for (int j = 0; j < o; j++)
                for (int k = 0; k < inner; k++)
                    y[(i * o) + j] += x[(i * inner) + k] * w[(j * inner) + k];
        return y;
    }

    public static double Activate(double x, Activation activation) => activation switch
    {
        Activation.Relu => Math.Max(0, x),
        Activation.Gelu => 0.5 * x * (1 + Erf(x / Math.Sqrt(2))),
        Activation.Sigmoid => 1 / (1 + Math.Exp(-x)),
        Activation.Silu => x / (1 + Math.Exp(-x)),
        Activation.QuickGelu => x / (1 + Math.Exp(-1.702 * x)),
        _ => x,
    };

    /// <summary>softmax of one row, in place.</summary>
    public static void Softmax(Span<double> row)
    {
        double most = double.NegativeInfinity, sum = 0;
        foreach (double v in row)
            most = Math.Max(most, v);
        foreach (ref double v in row)
            sum += v = Math.Exp(v - most);
        foreach (ref double v in row)
            v /= sum;
    }

    /// <summary>erf(x) = 2/√π·e^(−x²)·Σ 2ⁿx²ⁿ⁺¹/(2n + 1)!!, whose terms have one sign; beyond ±6 it is ±1 to 2e-17.</summary>
    private static double Erf(double x)
    {
        if (Math.Abs(x) > 6)
            return Math.Sign(x);
        double term = x, sum = x;
        for (int n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }
        return sum * Math.Exp(-x * x) * 2 / Math.Sqrt(Math.PI);
    }
}
