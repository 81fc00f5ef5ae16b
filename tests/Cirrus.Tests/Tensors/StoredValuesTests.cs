using System.Runtime.InteropServices;
using Cirrus.Tensors;

namespace Cirrus.Tests.Tensors;

public sealed class StoredValuesTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Every_half_is_the_float_it_stands_for(int skip)
    {
        ushort[] bits = [.. Enumerable.Range(skip, 65536 - skip).Select(i => (ushort)i)];
        float[] values = new float[bits.Length];
        Assert.True(StoredValues.ToFloat(StoredType.F16, MemoryMarshal.AsBytes(bits.AsSpan()), values));
        for (int i = 0; i < bits.Length; i++)
            if (float.IsNaN((float)BitConverter.UInt16BitsToHalf(bits[i])))
                Assert.True(float.IsNaN(values[i]));
            else
                Assert.Equal(BitConverter.SingleToInt32Bits((float)BitConverter.UInt16BitsToHalf(bits[i])),
                    BitConverter.SingleToInt32Bits(values[i]));
    }

    [Fact]
    public void A_bfloat16_is_the_upper_half_of_a_float()
    {
        ushort[] bits = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        float[] values = new float[65535];
        Assert.True(StoredValues.ToFloat(StoredType.BF16, MemoryMarshal.AsBytes(bits.AsSpan(1)), values));
        Assert.All(Enumerable.Range(0, 65535), i => Assert.Equal((uint)(i + 1) << 16, BitConverter.SingleToUInt32Bits(values[i])));
    }

    [Fact]
    public void Floats_are_rounded_to_the_nearest_even()
    {
        byte[] bytes = new byte[6];
        StoredValues.FromFloat(StoredType.BF16, [1 + (1 / 256f), 1 + (3 / 256f), float.NaN], bytes);
        ushort[] rounded = MemoryMarshal.Cast<byte, ushort>(bytes).ToArray();
        Assert.Equal([0x3f80, 0x3f82], rounded[..2]);
        Assert.Equal(0x7fc0, rounded[2] & 0x7fff);
    }
}
