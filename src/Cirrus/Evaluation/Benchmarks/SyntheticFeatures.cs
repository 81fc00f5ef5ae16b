using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Cirrus.Evaluation.Benchmarks;

/// <summary>
/// Stand-ins for features, drawn from names: counts, protocols, submissions and speed can be rehearsed without pictures
/// and without a model.
/// </summary>
/// <remarks>
/// Values 8j to 8j+7 of a vector are the SHA-256 of the UTF-8 text "SEED\nKIND\nNAME\nj" (KIND is picture or query), read as eight
/// little-endian 32-bit numbers u: u/2³¹ − 1, as float32. A picture's vector depends on its name alone, so the same crop in two places
/// of a gallery ties, as it does with real features. Scores are at the level of chance.
/// </remarks>
public static class SyntheticFeatures
{
    /// <summary>Numbers of a vector.</summary>
    public const int P = 64;

    private const int PerHash = 8;

    /// <summary>Features of a benchmark's candidates; references have none, for queries are drawn as they are.</summary>
    public static BenchmarkFeatures Pictures(BenchmarkData data, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(data);
        float[] candidates = Draw(seed, "picture", [.. data.Candidates.Select(i => data.Pictures[i].Name)]);
        return new(P, candidates, new float[data.References.Count * P]);
    }

    /// <summary>Query vectors [queries, P] of a benchmark.</summary>
    public static float[] Queries(Benchmark benchmark, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(benchmark);
        return Draw(seed, "query", [.. benchmark.Queries.Select(q => q.Id)]);
    }

    private static float[] Draw(ulong seed, string kind, string[] names)
    {
        float[] vectors = new float[names.Length * P];
        Parallel.For(0, names.Length, i =>
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            for (int j = 0; j < P / PerHash; j++)
            {
                SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{seed}\n{kind}\n{names[i]}\n{j}")), hash);
                for (int k = 0; k < PerHash; k++)
                    vectors[(i * P) + (j * PerHash) + k] = (float)((BinaryPrimitives.ReadUInt32LittleEndian(hash[(4 * k)..]) / 2147483648.0) - 1);
            }
        });
        return vectors;
    }
}
