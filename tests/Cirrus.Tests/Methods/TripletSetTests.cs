using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Tensors;

namespace Cirrus.Tests.Methods;

public sealed class TripletSetTests
{
    private static readonly PictureSet Two = new(["a.jpg", "b.jpg"], "two", (_, _) => []);
    private static readonly Dictionary<string, int> Places = new() { ["a"] = 0, ["b"] = 1 };

    [Fact]
    public void Triplets_without_their_pictures_are_left_out_and_told()
    {
        List<string> told = [];
        TripletSet set = TripletSet.Bind([new("a", ["is red"], "b"), new("a", ["x"], "c"), new("d", ["x"], "c")], Two, Places, told.Add);
        Triplet only = Assert.Single(set.Triplets);
        Assert.Equal((0, 1), (only.Reference, only.Target));
        Assert.Equal("2 of 3 triplets left out, for 2 pictures are not there: c, d", Assert.Single(told));
    }

    [Fact]
    public void No_triplet_at_all_is_an_error() =>
        Assert.Contains("--pictures", Assert.Throws<CirrusException>(() => TripletSet.Bind([new("x", ["is red"], "b")], Two, Places))
            .Hint, StringComparison.Ordinal);

    [Fact]
    public void The_fingerprint_tells_other_words_and_other_pictures()
    {
        TripletSet set = new(Two, [new(0, ["is red"], 1)]);
        Assert.Equal(set.Fingerprint(), new TripletSet(Two, [new(0, ["is red"], 1)]).Fingerprint());
        Assert.NotEqual(set.Fingerprint(), new TripletSet(Two, [new(0, ["is blue"], 1)]).Fingerprint());
        Assert.NotEqual(set.Fingerprint(), new TripletSet(Two, [new(1, ["is red"], 0)]).Fingerprint());
        Assert.NotEqual(set.Fingerprint(), new TripletSet(Two with { Fingerprint = "other" }, set.Triplets).Fingerprint());
    }
}
