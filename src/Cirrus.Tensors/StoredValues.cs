using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Cirrus.Tensors;

/// <summary>Little-endian numbers in files, to and from float32 and int64.</summary>
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
                for (int i = 0; i < to.Length; i++)
                    to[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(from[(2 * i)..]);
                return true;
            case StoredType.BF16:
                for (int i = 0; i < to.Length; i++)
                    to[i] = BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(from[(2 * i)..]) << 16);
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

    private static ushort ToBFloat(float x)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x);
        return float.IsNaN(x) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }
}
