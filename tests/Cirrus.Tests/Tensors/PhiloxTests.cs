using Cirrus.Tensors;

namespace Cirrus.Tests.Tensors;

public sealed class PhiloxTests
{
    // Known answers of Random123 1.14 (kat_vectors): philox 4x32, 10 rounds.
    [Fact]
    public void Words_match_the_published_vectors()
    {
        Assert.Equal((0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u), new Philox(0, 0).Words(0));
        Assert.Equal((0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu), new Philox(ulong.MaxValue, ulong.MaxValue).Words(ulong.MaxValue));
    }
}
