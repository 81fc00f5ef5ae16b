using Cirrus.Methods;
using Cirrus.Tensors;

namespace Cirrus.Tests.Methods;

public sealed class PromptTemplatesTests
{
    [Fact]
    public void The_ensemble_is_63_sentences_with_one_picture_and_one_change()
    {
        Assert.Equal(63, PromptTemplates.Ensemble.Distinct().Count());
        Assert.All(PromptTemplates.Ensemble, t =>
        {
            Assert.Equal(2, t.Split('$').Length);
            Assert.Equal(2, t.Split("{caption}").Length);
            Assert.Equal(t, Assert.Single(PromptTemplates.Parse(t)));
        });
        Assert.Contains(PromptTemplates.Papers, PromptTemplates.Ensemble);
    }

    [Fact]
    public void A_prompt_without_its_parts_is_refused()
    {
        foreach (string bad in new[] { "nonsense", "$ that", "that {caption}", "US$ {caption}" })
            Assert.Contains("{caption}", Assert.Throws<CirrusException>(() => PromptTemplates.Parse(bad)).Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a photo of $ that {caption}", "a photo of $")]
    [InlineData("$ , {caption}", "$")]
    [InlineData("{caption}, as in $", "a photo of $")]
    [InlineData("one like $ but {caption}", "one like $")]
    public void Without_its_caption_a_prompt_ends_at_the_picture(string template, string alone) =>
        Assert.Equal(alone, PromptTemplates.WithoutCaption(template));
}
