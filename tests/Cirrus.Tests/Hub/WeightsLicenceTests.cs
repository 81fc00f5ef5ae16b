using Cirrus.Hub;

namespace Cirrus.Tests.Hub;

public sealed class WeightsLicenceTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("hub/models--openai--clip-vit-base-patch32/snapshots/0123", "MIT")]
    [InlineData("hub/models--navervision--CompoDiff-Aesthetic/snapshots/0123", "Apache-2.0")]
    [InlineData("hub/models--somebody--clip/snapshots/0123", null)]
    [InlineData("vit-b-32", null)]
    public void A_known_model_of_the_hub_has_the_licence_that_is_known(string place, string? licence)
    {
        Directory.CreateDirectory(_folder.At(place));
        Assert.Equal(licence, WeightsLicence.Of(_folder.At(place)));
        Assert.Equal(licence, WeightsLicence.Of(_folder.At(place + "/model.safetensors")));
    }

    [Theory]
    [InlineData("---\nlanguage: en\nlicense: cc-by-nc-4.0\n---\n# A model", "cc-by-nc-4.0")]
    [InlineData("---\nlicense: \"mit\"\n---", "mit")]
    [InlineData("---\nlanguage: en\n---\nlicense: mit", null)]
    [InlineData("license: mit", null)]
    [InlineData("---\nlicense: mit", null)]
    [InlineData("---\nlicense:\n---", null)]
    [InlineData("", null)]
    public void Others_have_what_their_card_says(string card, string? licence)
    {
        File.WriteAllText(_folder.At("README.md"), card);
        Assert.Equal(licence, WeightsLicence.Of(_folder.Path));
        Assert.Equal(licence, WeightsLicence.Of(_folder.At("weights.pt")));
    }
}
