using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cirrus.Clip;

namespace Cirrus.Methods;

/// <summary>
/// Raw features that a composer made lately, so that the same query under another image weight is arithmetic only.
/// Thread-safe.
/// </summary>
/// <param name="texts">of plain texts, by the text; shared by all composers of a model.</param>
/// <param name="capacity">other features that are kept.</param>
internal sealed class RecentFeatures(RecentValues<string, float[]> texts, int capacity)
{
    private readonly RecentValues<(string What, string Numbers), float[]> _made = new(capacity);

    public float[][] Texts(IReadOnlyList<string> wanted, Func<IReadOnlyList<string>, float[][]> embed)
    {
        float[]?[] features = [.. wanted.Select(t => texts.TryGet(t, out float[]? known) ? known : null)];
        int[] missing = [.. Enumerable.Range(0, wanted.Count).Where(i => features[i] is null)];
        float[][] made = missing.Length == 0 ? [] : embed([.. missing.Select(i => wanted[i])]);
        for (int m = 0; m < missing.Length; m++)
            texts.Keep(wanted[missing[m]], features[missing[m]] = made[m]);
        return features!;
    }

    /// <summary>null when it is not known.</summary>
    public float[]? Find((string What, string Numbers) key) => _made.TryGet(key, out float[]? feature) ? feature : null;

    public void Keep((string What, string Numbers) key, float[] feature) => _made.Keep(key, feature);

    /// <summary>What a sentence or a sample was made of: words, and numbers by their SHA-256.</summary>
    public static (string What, string Numbers) Key(string what, IEnumerable<float[]> numbers)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (float[] some in numbers)
            hash.AppendData(MemoryMarshal.AsBytes<float>(some));
        return (what, Convert.ToHexString(hash.GetHashAndReset()));
    }
}
