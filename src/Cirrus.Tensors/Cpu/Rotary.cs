namespace Cirrus.Tensors.Cpu;

/// <summary>Turns neighbouring columns of each row by an angle that grows with the row's position; other columns are copied.</summary>
internal static class Rotary
{
    /// <param name="at">the position of each row.</param>
    /// <param name="w">columns.</param>
    /// <param name="back">by the negative angle: the gradient, and the inverse.</param>
    public static void Turn(Span<float> y, ReadOnlySpan<float> x, ReadOnlySpan<int> at, ReadOnlySpan<float> frequencies, int w,
        bool back, bool accumulate)
    {
        if (!accumulate)
            y.Clear();
        for (int r = 0; r < at.Length; r++)
        {
            Span<float> to = y.Slice(r * w, w);
            ReadOnlySpan<float> from = x.Slice(r * w, w);
            for (int i = 0; i < frequencies.Length; i++)
            {
                (float sin, float cos) = MathF.SinCos(at[r] * frequencies[i]);
                (float a, float b) = (from[2 * i], from[(2 * i) + 1]);
                sin = back ? -sin : sin;
                to[2 * i] += (a * cos) - (b * sin);
                to[(2 * i) + 1] += (b * cos) + (a * sin);
            }
            for (int i = 2 * frequencies.Length; i < w; i++)
                to[i] += from[i];
        }
    }
}
