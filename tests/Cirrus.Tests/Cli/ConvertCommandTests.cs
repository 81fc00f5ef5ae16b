using System.Globalization;
using Cirrus.Cli;
using Cirrus.Clip;
using Cirrus.Methods.CompoDiff;
using Cirrus.Methods.LinCir;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Cli;

public sealed class ConvertCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Device _device = Device.Open("cpu");

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(StoredType.F32)]
    [InlineData(StoredType.F16)]
    public async Task A_clip_goes_through_all_layouts_and_comes_back(StoredType type)
    {
        BpeTokenizer tokenizer = BpeTokenizer.FromMerges([]);
        ClipConfig config = new("one head", 16, new(64, 1, 1, 128, tokenizer.Count, 77, Activation.QuickGelu),
            new(64, 2, 1, 96, 8, 16, Activation.QuickGelu));
        using (ClipModel clip = ClipModel.Random(config, tokenizer, _device, 3))
            clip.Save(_folder.At("start"), type, new Dictionary<string, string> { ["made by"] = "a test" });
        File.WriteAllText(Path.Combine(_folder.At("start"), "special_tokens_map.json"), "{}");
        await Done("start", "open", "--to", "open-clip");
        await Done("open", "openai", "--to", "openai");
        string error = await Done("openai", "end");
        Assert.Contains("the same model", error, StringComparison.Ordinal);
        Assert.Contains("prepared as each layout's publishers", error, StringComparison.Ordinal);
        Assert.Equal(("Hugging Face", "open_clip", "open_clip", "Hugging Face"), (Layout("start"), Layout("open"), Layout("openai"), Layout("end")));
        using TensorFile start = TensorFile.Open(Path.Combine(_folder.At("start"), "model.safetensors")),
            end = TensorFile.Open(Path.Combine(_folder.At("end"), "model.safetensors"));
        Assert.Equal(start.Tensors.Keys.Order(StringComparer.Ordinal), end.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (StoredTensor t in start.Tensors.Values)
        {
            Assert.Equal((type, t.Type), (end.Tensors[t.Name].Type, type));
            Assert.Equal(t.Shape, end.Tensors[t.Name].Shape);
            Assert.Equal(Values(start, t), Values(end, t));
        }
        Assert.True(File.Exists(Path.Combine(_folder.At("end"), "special_tokens_map.json")));
        Assert.True(File.Exists(Path.Combine(_folder.At("end"), "preprocessor_config.json")));
        using TensorFile open = TensorFile.Open(Path.Combine(_folder.At("open"), "open_clip_model.safetensors"));
        Assert.Equal("a test", open.Metadata["made by"]);
    }

    [Fact]
    public async Task A_layout_that_cannot_say_the_heads_is_refused()
    {
        using (ClipModel clip = TinyClip.Create(_device))
            clip.Save(_folder.At("two"), StoredType.F32, new Dictionary<string, string>());
        Assert.Contains("2 and 2 heads", (await Fails("two", "bare", "--to", "openai")).Message, StringComparison.Ordinal);
        Assert.Equal([_folder.At("two")], Directory.GetFileSystemEntries(_folder.Path));
        Assert.Contains("exists already", (await Fails("two", "two")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Networks_go_to_the_published_layout_and_back()
    {
        float[][] weights = [.. MappingNetwork.Shapes(4, 6, 3).Select((s, i) =>
            Enumerable.Range(0, s.Aggregate(1, (n, d) => n * d)).Select(j => (0.1f * i) + (0.01f * j)).ToArray())];
        using (MappingNetwork phi = new(_device, 4, 6, 3, weights) { Provenance = new Dictionary<string, string> { ["method"] = "lincir", ["step"] = "7" } })
            MappingNetworkFile.Save(phi, _folder.At("phi.safetensors"));
        Assert.Contains("no room for the facts", await Done("phi.safetensors", "phi.pt"), StringComparison.Ordinal);
        Assert.DoesNotContain("note:", await Done("phi.pt", "again.safetensors"), StringComparison.Ordinal);
        using (TensorFile file = TensorFile.Open(_folder.At("phi.pt")))
            Assert.Equal(("7", true), (file.Metadata["epoch"], file.Tensors.ContainsKey("Phi.layers.0.weight")));
        using MappingNetwork back = MappingNetworkFile.Load(_folder.At("again.safetensors"), _device);
        for (int i = 0; i < weights.Length; i++)
            Assert.Equal(weights[i], back.Weights[i].Floats.ToArray());
        Assert.Contains("exists already", (await Fails("phi.pt", "again.safetensors")).Message, StringComparison.Ordinal);
        Assert.Contains("end it in", (await Fails("phi.pt", "again.npy")).Hint, StringComparison.Ordinal);
        Assert.Contains("--to is for CLIPs", (await Fails("phi.pt", "b.pt", "--to", "hf")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_denoiser_goes_to_torch_and_back()
    {
        using (Denoiser network = Denoiser.Random(new(16, 1, 8, 2, 32, 8, 10), _device, new Philox(1, 0)))
            DenoiserFile.SaveFile(network, _folder.At("a.safetensors"));
        await Done("a.safetensors", "b.bin");
        await Done("b.bin", "c.safetensors");
        using TensorFile a = TensorFile.Open(_folder.At("a.safetensors")), c = TensorFile.Open(_folder.At("c.safetensors"));
        Assert.NotEmpty(a.Tensors);
        foreach (StoredTensor t in a.Tensors.Values)
            Assert.Equal(Values(a, t), Values(c, t));
    }

    private string Layout(string name) => ClipCheckpoint.Inspect(_folder.At(name)).Layout;

    private static float[] Values(TensorFile file, StoredTensor t)
    {
        float[] values = new float[t.Count];
        file.Read(t.Name, values);
        return values;
    }

    private async Task<string> Done(string from, string to, params string[] more)
    {
        StringWriter output = new(CultureInfo.InvariantCulture) { NewLine = "\n" }, error = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        Assert.Equal(ExitCode.Done, await Verbs.Invoke(["convert", _folder.At(from), _folder.At(to), .. more], output, error));
        Assert.Equal(_folder.At(to) + "\n", output.ToString());
        return error.ToString();
    }

    private Task<CirrusException> Fails(string from, string to, params string[] more) =>
        Assert.ThrowsAsync<CirrusException>(() =>
            Verbs.Invoke(["convert", _folder.At(from), _folder.At(to), .. more], TextWriter.Null, TextWriter.Null));
}
