using Cirrus.Clip;

namespace Cirrus.Tests.Clip;

public sealed class RecentValuesTests
{
    [Fact]
    public void The_value_used_longest_ago_makes_room()
    {
        RecentValues<string, int> recent = new(2);
        recent.Keep("a", 1);
        recent.Keep("b", 2);
        Assert.True(recent.TryGet("a", out int a));
        Assert.Equal(1, a);
        recent.Keep("c", 3);
        Assert.False(recent.TryGet("b", out _));
        recent.Keep("a", 4);
        Assert.True(recent.TryGet("a", out a));
        Assert.Equal(4, a);
        Assert.True(recent.TryGet("c", out _));
    }
}
