using Cirrus.Clip;
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
}
