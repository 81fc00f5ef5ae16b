using System.Text;

namespace Cirrus.Postgres;

/// <summary>Which shard a picture belongs to: the same on every machine and in every version, as the rows lie there.</summary>
internal static class ShardOf
{
    public static int Path(string path, int shards) => (int)(Hash(path) % (ulong)shards);

    /// <summary>FNV-1a of the UTF-8 bytes, 64 bits, its halves mixed so that the low bits depend on all.</summary>
    public static ulong Hash(string text)
    {
        ulong hash = 14695981039346656037;
        foreach (byte b in Encoding.UTF8.GetBytes(text))
            hash = (hash ^ b) * 1099511628211;
        hash ^= hash >> 32;
        return hash * 0x9E3779B97F4A7C15 >> 32;
    }
}
