using Cirrus.Evaluation;

namespace Cirrus.Tests.Evaluation;

public sealed class BenchmarkFeaturesTests
{
    [Fact]
    public void Missing_candidates_have_no_part_in_the_mean()
    {
        BenchmarkFeatures features = new(2, [1, 2, 0, 0, 3, 6], []);
        Assert.Equal([4f / 3, 8f / 3], features.MeanCandidate());
        Assert.Equal([2, 4], (features with { MissingCandidates = new HashSet<int> { 1 } }).MeanCandidate());
    }
}
