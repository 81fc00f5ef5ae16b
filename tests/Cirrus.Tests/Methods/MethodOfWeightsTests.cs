using Cirrus.Methods;
using Cirrus.Methods.CompoDiff;
using Cirrus.Tensors;

namespace Cirrus.Tests.Methods;

public sealed class MethodOfWeightsTests
{
    [Fact]
    public void A_published_folder_a_file_and_a_stranger_say_what_they_are()
    {
        using TempFolder folder = new();
        using Device device = Device.Open("cpu");
        using Denoiser network = Denoiser.Random(new(16, 1, 8, 2, 8), device, new Philox(1, 0));
        DenoiserFile.Save(network, folder.At("published"), torch: true);
        Assert.Equal("compodiff", MethodOfWeights.Find(folder.At("published"))?.Name);

        network.Provenance = new Dictionary<string, string> { ["method"] = "compodiff" };
        DenoiserFile.SaveFile(network, folder.At("one.safetensors"));
        Assert.Equal("compodiff", MethodOfWeights.Find(folder.At("one.safetensors"))?.Name);

        network.Provenance = new Dictionary<string, string> { ["method"] = "another" };
        DenoiserFile.SaveFile(network, folder.At("two.safetensors"));
        Assert.Null(MethodOfWeights.Find(folder.At("two.safetensors")));
        Directory.CreateDirectory(folder.At("clip"));
        foreach (string config in new[] { """{"model_type": "clip"}""", """{"model_type": 3}""", "[]", "{" })
        {
            File.WriteAllText(folder.At("clip/config.json"), config);
            Assert.Null(MethodOfWeights.Find(folder.At("clip")));
        }
        Assert.Null(MethodOfWeights.Find(folder.At("nothing")));
    }
}
