using System.Collections;

namespace Cirrus.Methods.CompoDiff;

/// <summary>Masks of 0 and 1, a bit a pixel: a hundred thousand of 64 × 64 take 51 MB. Each is unpacked when it is asked for.</summary>
/// <param name="length">pixels of each.</param>
internal sealed class PackedMasks(int length) : IReadOnlyList<float[]>
{
    private readonly List<byte[]> _bits = [];

    public int Count => _bits.Count;

    public float[] this[int index]
    {
        get
        {
            float[] mask = new float[length];
            for (int i = 0; i < mask.Length; i++)
                mask[i] = (_bits[index][i >> 3] >> (i & 7)) & 1;
            return mask;
        }
    }

    /// <summary>The bits of a mask: 1 where it is more than 0.</summary>
    public static byte[] Pack(float[] mask)
    {
        byte[] bits = new byte[(mask.Length + 7) / 8];
        for (int i = 0; i < mask.Length; i++)
            bits[i >> 3] |= (byte)(mask[i] > 0 ? 1 << (i & 7) : 0);
        return bits;
    }

    /// <summary>Adds a packed mask.</summary>
    public void Add(byte[] bits) => _bits.Add(bits);

    public IEnumerator<float[]> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
