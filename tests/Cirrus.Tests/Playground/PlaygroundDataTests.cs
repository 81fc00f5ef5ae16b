using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Playground;

namespace Cirrus.Tests.Playground;

public sealed class PlaygroundDataTests
{
    [Fact]
    public void Pictures_are_drawn_as_they_are_searched_and_always_the_same()
    {
        PictureSet set = PlaygroundData.Pictures(5);
        Assert.Equal(5, set.Count);
        Assert.Equal(set.Read(3), PlaygroundData.Pictures(5).Read(3));
        Assert.NotEqual(set.Read(3), set.Read(4));
        Assert.Equal(3 * 64 * 64, set.Read(0).Length);
        Assert.NotEqual(set.Fingerprint, PlaygroundData.Pictures(6).Fingerprint);
    }

    [Fact]
    public void Captions_are_many_and_different() => Assert.True(PlaygroundData.Captions(500).Distinct().Count() > 450);

    [Fact]
    public void Triplets_share_references_and_repeat()
    {
        TripletSet set = PlaygroundData.Triplets(10);
        Assert.Equal(10, set.Count);
        Assert.Equal([0, 0, 0, 0, 5, 5, 5, 5, 10, 10], set.Triplets.Select(t => t.Reference));
        Assert.Equal([1, 2, 3, 4, 6, 7, 8, 9, 11, 12], set.Triplets.Select(t => t.Target));
        Assert.Equal(13, set.Pictures.Count);
        Assert.All(set.Triplets, t => Assert.InRange(t.Captions.Count, 1, 2));
        Assert.NotEqual(set.Pictures.Read(0), set.Pictures.Read(1));
        Assert.Equal(set.Pictures.Read(1), PlaygroundData.Triplets(10).Pictures.Read(1));
        Assert.Equal(set.Fingerprint(), PlaygroundData.Triplets(10).Fingerprint());
    }

    [Fact]
    public void Triplets_ask_in_all_wordings_of_all_families()
    {
        string[] texts = [.. PlaygroundData.Triplets(2000).Triplets.SelectMany(t => t.Captions)];
        Assert.InRange(texts.Count(t =>
            t.Contains("instead of", StringComparison.Ordinal) || t.Contains("not ", StringComparison.Ordinal)), 900, 1400);
        foreach (string start in new[] { "is green", "is large", "has a fish beside it", "is on the sand", "is a cartoon", "is a fish" })
            Assert.Contains(texts, t => t.StartsWith(start, StringComparison.Ordinal));
    }
}
