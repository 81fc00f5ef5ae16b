using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Cirrus.Tensors;

/// <summary>Little-endian numbers in files, to and from float32 and int64, on little-endian machines.</summary>
internal static class StoredValues
{
    public static int Size(StoredType type) => type switch
    {
        StoredType.BOOL or StoredType.U8 or StoredType.I8 => 1,
        StoredType.I16 or StoredType.U16 or StoredType.F16 or StoredType.BF16 => 2,
        StoredType.I32 or StoredType.U32 or StoredType.F32 => 4,
        _ => 8,
    };

    /// <summary>Reads as float32. False when the type is no floating point.</summary>
    public static bool ToFloat(StoredType type, ReadOnlySpan<byte> from, Span<float> to)
    {
        switch (type)
        {
            case StoredType.F32:
                MemoryMarshal.Cast<byte, float>(from).CopyTo(to);
                return true;
            case StoredType.F16:
                FromHalf(MemoryMarshal.Cast<byte, ushort>(from)[..to.Length], to);
                return true;
            case StoredType.BF16:
                FromBFloat(MemoryMarshal.Cast<byte, ushort>(from)[..to.Length], to);
                return true;
            case StoredType.F64:
                for (int i = 0; i < to.Length; i++)
                    to[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(from[(8 * i)..]);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Reads as int64. False when the type is no integer.</summary>
    public static bool ToLong(StoredType type, ReadOnlySpan<byte> from, Span<long> to)
    {
        int size = Size(type);
        for (int i = 0; i < to.Length; i++)
        {
            ReadOnlySpan<byte> at = from[(i * size)..];
            switch (type)
            {
                case StoredType.BOOL or StoredType.U8: to[i] = at[0]; break;
                case StoredType.I8: to[i] = (sbyte)at[0]; break;
                case StoredType.I16: to[i] = BinaryPrimitives.ReadInt16LittleEndian(at); break;
                case StoredType.U16: to[i] = BinaryPrimitives.ReadUInt16LittleEndian(at); break;
                case StoredType.I32: to[i] = BinaryPrimitives.ReadInt32LittleEndian(at); break;
                case StoredType.U32: to[i] = BinaryPrimitives.ReadUInt32LittleEndian(at); break;
                case StoredType.I64 or StoredType.U64: to[i] = BinaryPrimitives.ReadInt64LittleEndian(at); break;
                default: return false;
            }
        }
        return true;
    }

    /// <summary>Writes float32 values as F32, F16 or BF16 (both rounded to nearest, ties to even).</summary>
    public static void FromFloat(StoredType type, ReadOnlySpan<float> from, Span<byte> to)
    {
        switch (type)
        {
            case StoredType.F32:
                MemoryMarshal.AsBytes(from).CopyTo(to);
                break;
            case StoredType.F16:
                for (int i = 0; i < from.Length; i++)
                    BinaryPrimitives.WriteHalfLittleEndian(to[(2 * i)..], (Half)from[i]);
                break;
            case StoredType.BF16:
                for (int i = 0; i < from.Length; i++)
                    BinaryPrimitives.WriteUInt16LittleEndian(to[(2 * i)..], ToBFloat(from[i]));
                break;
            default:
                throw new ArgumentException($"Floating-point values are not written as {type}.");
        }
    }

    /// <summary>
    /// Eight and more at a time. The bits of a half, moved to a float's place, are a float 2⁻¹¹² as large, subnormal ones
    /// too; infinities and NaN get the largest exponent.
    /// </summary>
    private static void FromHalf(ReadOnlySpan<ushort> from, Span<float> to)
    {
        int n = Vector<ushort>.Count, i = 0;
        Vector<float> scale = new(BitConverter.UInt32BitsToSingle(0x7780_0000));    // 2^112
        for (; i + n <= from.Length; i += n)
        {
            Vector.Widen(new Vector<ushort>(from[i..]), out Vector<uint> low, out Vector<uint> high);
            Wide(low).CopyTo(to[i..]);
            Wide(high).CopyTo(to[(i + (n / 2))..]);
        }
        for (; i < from.Length; i++)
            to[i] = (float)BitConverter.UInt16BitsToHalf(from[i]);

        Vector<float> Wide(Vector<uint> half)
        {
            Vector<uint> magnitude = (half & new Vector<uint>(0x7fff)) << 13, sign = (half & new Vector<uint>(0x8000)) << 16;
            Vector<uint> value = Vector.AsVectorUInt32(Vector.AsVectorSingle(magnitude) * scale);
            value = Vector.ConditionalSelect(Vector.GreaterThanOrEqual(magnitude, new Vector<uint>(0x0f80_0000)),
                magnitude | new Vector<uint>(0x7f80_0000), value);
            return Vector.AsVectorSingle(value | sign);
        }
    }

    /// <summary>A bfloat16 is the upper half of a float.</summary>
    private static void FromBFloat(ReadOnlySpan<ushort> from, Span<float> to)
    {
        int n = Vector<ushort>.Count, i = 0;
        for (; i + n <= from.Length; i += n)
        {
            Vector.Widen(new Vector<ushort>(from[i..]), out Vector<uint> low, out Vector<uint> high);
            Vector.AsVectorSingle(low << 16).CopyTo(to[i..]);
            Vector.AsVectorSingle(high << 16).CopyTo(to[(i + (n / 2))..]);
        }
        for (; i < from.Length; i++)
            to[i] = BitConverter.UInt32BitsToSingle((uint)from[i] << 16);
    }

    private static ushort ToBFloat(float x)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x);
        return float.IsNaN(x) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }
}
