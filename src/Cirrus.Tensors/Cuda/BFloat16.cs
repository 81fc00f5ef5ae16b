namespace Cirrus.Tensors.Cuda;

/// <summary>The upper half of a float32: its exponent and 7 bits of its fraction.</summary>
internal static class BFloat16
{
    /// <summary>To nearest, ties to even; a NaN stays one: as the kernels round.</summary>
    public static ushort Round(float x)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x);
        return float.IsNaN(x) ? (ushort)0x7FFF : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    public static float Widen(ushort x) => BitConverter.UInt32BitsToSingle((uint)x << 16);
}
