using System.Runtime.InteropServices;

namespace Cirrus.Tensors.Cpu;

/// <summary>Queries in 8 bits, and the two numbers that bound how far a first score may be off (docs/numerics.md).</summary>
internal sealed unsafe class QueryCodes : IDisposable
{
    public QueryCodes(ReadOnlySpan<float> queries, int width)
    {
        (Count, Stride) = (queries.Length / width, RowCodes.StrideOf(width));
        Codes = (sbyte*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, Count * Stride), 64);
        (Scales, OfError, OfLength, Shift) = (new float[Count], new float[Count], new float[Count], new int[Count]);
        for (int q = 0; q < Count; q++)
        {
            ReadOnlySpan<float> x = queries.Slice(q * width, width);
            Span<sbyte> codes = new(Codes + (q * Stride), Stride);
            (float scale, float error, float length) = RowCodes.Encode(x, codes);
            double norm = (double)length + error;                                  // no less than that of x
            double rounding = (width + 16) * 1.01 / (1 << 24) * (norm + error);    // of the f32 sum itself and of the arithmetic of the bound
            (Scales[q], OfError[q], OfLength[q]) = (scale, RowCodes.Up((norm + rounding + 1e-30) * (1 + 1e-6)),
                RowCodes.Up((error + rounding) * (1 + 1e-6)));
            foreach (sbyte code in codes)
                Shift[q] += 128 * code;                                            // rows are stored as c + 128
        }
    }

    public int Count { get; }

    public int Stride { get; }

    public sbyte* Codes { get; }

    public ReadOnlySpan<byte> Bytes => new(Codes, Count * Stride);

    public float[] Scales { get; }

    /// <summary>A row's error counts so often in its bound.</summary>
    public float[] OfError { get; }

    /// <summary>And its length so often.</summary>
    public float[] OfLength { get; }

    /// <summary>128 times the sum of the codes.</summary>
    public int[] Shift { get; }

    public void Dispose() => NativeMemory.AlignedFree(Codes);
}
