using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Tests.Clip;

public sealed class ClipSizesTests
{
    // Numbers in the published checkpoints, the scale of the logits included.
    [Theory]
    [InlineData("ViT-B/32", 151_277_313)]
    [InlineData("ViT-B-16", 149_620_737)]
    [InlineData("vit-l/14", 427_616_513)]
    [InlineData("ViT-H-14", 986_109_441)]
    [InlineData("ViT-bigG-14", 2_539_567_105)]
    public void Sizes_are_those_of_the_published_models(string name, long parameters) =>
        Assert.Equal(parameters, ClipWeights.Shapes(ClipSizes.Find(name)).Sum(w => w.Shape.Aggregate(1L, (n, d) => n * d)));

    [Theory]
    [InlineData("ViT-B/32")]
    [InlineData("ViT-L/14")]
    [InlineData("ViT-H/14")]
    [InlineData("ViT-bigG/14")]
    public void Heads_and_activation_that_no_file_stores_are_told_by_the_widths(string name)
    {
        ClipConfig published = ClipSizes.Find(name);
        Assert.Equal(published.Vision.Heads, ClipConfigReader.VisionHeads(published.Vision.Width));
        Assert.Equal(published.Text.Activation, ClipConfigReader.BareActivation(openAi: false, published.Text.Width));
        Assert.Equal(Activation.QuickGelu, ClipConfigReader.BareActivation(openAi: true, published.Text.Width));
    }

    [Fact]
    public void An_unknown_name_says_which_there_are() =>
        Assert.Contains("ViT-L/14@336", Assert.Throws<CirrusException>(() => ClipSizes.Find("RN50")).Hint, StringComparison.Ordinal);
}
