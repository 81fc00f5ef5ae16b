using Cirrus.Evaluation.Benchmarks;

namespace Cirrus.Tests;

public sealed class BenchmarkCheckTests
{
    [Fact]
    public void A_whole_download_is_well_and_a_file_of_several_views_is_decoded_once()
    {
        using TempFolder folder = new();
        TinyCirr.Write(folder.Path);
        BenchmarkData data = BenchmarkSource.Find("cirr").Open(new(folder.Path));
        data = data with
        {
            Counts = [new("pictures", 6, 6), new("pairs", 4, null)],
            Pictures = [.. data.Pictures, .. data.Pictures.Select(p => p with { Name = $"{p.Name} again" })],
        };
        List<int> done = [];
        BenchmarkCheck check = BenchmarkCheck.Run(data, (n, total) => done.Add(total == 6 ? n : -1), TestContext.Current.CancellationToken);
        Assert.True(check.AllIsWell);
        Assert.Equal([1, 2, 3, 4, 5, 6], done);
        Assert.False((check with { Data = data with { Counts = [new("pictures", 6, 7)] } }).AllIsWell);
    }

    [Fact]
    public void A_picture_that_cannot_be_shown_as_asked_is_told()
    {
        using TempFolder folder = new();
        TinyCirr.Write(folder.Path);
        BenchmarkData data = BenchmarkSource.Find("cirr").Open(new(folder.Path));
        data = data with { Pictures = [.. data.Pictures.Select((p, i) => i == 2 ? p with { View = new BoxView(1000, 1000, 5, 5) } : p)] };
        MissingPicture wrong = Assert.Single(BenchmarkCheck.Run(data, stop: TestContext.Current.CancellationToken).Undecodable);
        Assert.Equal(TinyCirr.Name(2), wrong.Name);
        Assert.Contains("1000", wrong.Reason, StringComparison.Ordinal);
    }
}
