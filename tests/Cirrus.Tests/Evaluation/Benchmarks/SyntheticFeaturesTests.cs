using System.Security.Cryptography;
using System.Text;
using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;

namespace Cirrus.Tests.Evaluation.Benchmarks;

public sealed class SyntheticFeaturesTests
{
    /// <summary>Anyone may draw the same: the rule stands in the remarks of <see cref="SyntheticFeatures"/>.</summary>
    [Fact]
    public void Numbers_are_those_of_the_documented_rule()
    {
        BenchmarkData data = SmallBenchmark.Data("b", [Metric.Recall(1)], ["x", "y"]);
        BenchmarkFeatures pictures = SyntheticFeatures.Pictures(data, 3);
        Assert.Equal(Vector("3\npicture\nc"), pictures.Candidates[(2 * SyntheticFeatures.P)..(3 * SyntheticFeatures.P)]);
        Assert.Equal(Vector("3\nquery\ny/1"), SyntheticFeatures.Queries(data.Benchmark, 3)[SyntheticFeatures.P..]);
        Assert.NotEqual(pictures.Candidates, SyntheticFeatures.Pictures(data, 4).Candidates);
    }

    private static float[] Vector(string name) => [.. Enumerable.Range(0, SyntheticFeatures.P / 8).SelectMany(j =>
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{name}\n{j}"));
        return Enumerable.Range(0, 8).Select(k => (float)((hash[4 * k] + (256.0 * hash[(4 * k) + 1]) + (65536.0 * hash[(4 * k) + 2]) + (16777216.0 * hash[(4 * k) + 3])) / Math.Pow(2, 31) - 1));
    })];
}
