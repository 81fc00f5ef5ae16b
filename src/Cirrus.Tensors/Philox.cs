namespace Cirrus.Tensors;

/// <summary>Counter-based random numbers (Philox4x32-10; Salmon et al., SC 2011), the same on every device.</summary>
/// <remarks>A value depends only on (seed, stream, index), so parallel loops and other devices draw the same numbers.</remarks>
public readonly record struct Philox(ulong Seed, ulong Stream)
{
    /// <summary>Four independent 32-bit words for <paramref name="index"/>.</summary>
    public (uint A, uint B, uint C, uint D) Words(ulong index)
    {
        uint k0 = (uint)Seed, k1 = (uint)(Seed >> 32);
        uint c0 = (uint)index, c1 = (uint)(index >> 32), c2 = (uint)Stream, c3 = (uint)(Stream >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = 0xD2511F53UL * c0, p1 = 0xCD9E8D57UL * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>Uniform in [0, 1), 24 bits.</summary>
    public float Uniform(ulong index) => (Words(index).A >> 8) * (1f / (1 << 24));

    /// <summary>Standard normal (Box-Muller on the first two words).</summary>
    public float Normal(ulong index)
    {
        (uint a, uint b, _, _) = Words(index);
        double u = (a + 1.0) * (1.0 / 4294967296.0), v = b * (1.0 / 4294967296.0);
        return (float)(Math.Sqrt(-2.0 * Math.Log(u)) * Math.Cos(2.0 * Math.PI * v));
    }

    /// <summary>Uniform integer in [0, n); the bias is below n / 2^64.</summary>
    public int Integer(ulong index, int n)
    {
        (uint a, uint b, _, _) = Words(index);
        return (int)(((UInt128)(((ulong)a << 32) | b) * (ulong)n) >> 64);
    }

    /// <summary>A stream of its own, for a named part or a step of this one.</summary>
    public Philox Fork(ulong part)
    {
        (uint a, uint b, uint c, uint d) = new Philox(Seed ^ 0x5851F42D4C957F2D, Stream).Words(part);
        return new(((ulong)a << 32) | b, ((ulong)c << 32) | d);
    }
}
