using Cirrus.Methods.Pic2Word;
using Cirrus.Tensors;
using Cirrus.Tests.Tensors;

namespace Cirrus.Tests.Methods.Pic2Word;

public sealed class Im2TextFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cirrus").FullName;
    private readonly Device _device = Device.Open("cpu");

    public void Dispose()
    {
        _device.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // golden/im2text.pt is a whole checkpoint as the released code saves it, CLIP and optimizer included, with an input and its result by torch.
    [Fact]
    public void A_checkpoint_by_torch_is_read_and_computes_what_torch_computes()
    {
        string path = Path.Combine(Shared.Repository, "tests", "Cirrus.Tests", "Methods", "Pic2Word", "golden", "im2text.pt");
        using TensorFile file = TensorFile.Open(path);
        float[] x = new float[6], y = new float[8];
        file.Read("x", x);
        file.Read("y", y);
        using Im2Text network = Im2TextFile.Load(path, _device);
        using Arena arena = new(_device);
        Golden.Close(y, network.Forward(new Graph(arena), arena.From(x, 2, 3)).Floats, 1e-6f);
        Assert.Equal("30", network.Provenance["epoch"]);
    }

    [Theory]
    [InlineData("a.pt")]
    [InlineData("a.safetensors")]
    public void What_is_written_is_read(string name)
    {
        using Im2Text network = Network();
        Im2TextFile.Save(network, Path.Combine(_folder, name));
        using Im2Text again = Im2TextFile.Load(Path.Combine(_folder, name), _device);
        Assert.Equal(Values(network), Values(again));
        Assert.Equal("12", again.Provenance["epoch"]);
    }

    [Fact]
    public async Task Torch_loads_what_is_written()
    {
        Assert.SkipWhen(await TorchFilesTests.Python("-c", "import torch") is null, "needs Python with PyTorch, which is not installed");
        string path = Path.Combine(_folder, "a.pt");
        using Im2Text network = Network();
        Im2TextFile.Save(network, path);
        const string Script = """
            import sys, torch
            saved = torch.load(sys.argv[1], map_location="cpu")
            print(saved["epoch"])
            for name, x in saved["state_dict_img2text"].items():
                print(name, *x.shape, x.double().sum().item(), x.flatten()[-1].item())
            """;
        string? output = await TorchFilesTests.Python("-c", Script, path);
        Assert.NotNull(output);
        string[] lines = output.Trim().Split('\n');
        Assert.Equal("12", lines[0]);
        Assert.Equal(Im2Text.Names.Select(n => $"module.{n}"), lines[1..].Select(l => l.Split(' ')[0]));
        for (int i = 0; i < 6; i++)
        {
            string[] fields = lines[i + 1].Split(' ');
            float[] values = network.Weights[i].Floats.ToArray();
            Assert.Equal(network.Weights[i].Shape.ToArray().Select(d => $"{d}"), fields[1..^2]);
            Assert.Equal(values.Sum(v => (double)v), double.Parse(fields[^2], System.Globalization.CultureInfo.InvariantCulture), 1e-12);    // another order of adding
            Assert.Equal(values[^1], double.Parse(fields[^1], System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public void What_is_no_network_is_told()
    {
        string other = Path.Combine(_folder, "other.safetensors"), wrong = Path.Combine(_folder, "wrong.safetensors"),
            scalars = Path.Combine(_folder, "scalars.safetensors");
        Safetensors.Write(other, [new("w", StoredType.F32, [1], () => new float[1])], new Dictionary<string, string>());
        Safetensors.Write(wrong, Im2Text.Names.Select(n => new SavedTensor(n, StoredType.F32, [1], () => new float[1])),
            new Dictionary<string, string>());
        Safetensors.Write(scalars, Im2Text.Names.Select(n => new SavedTensor(n, StoredType.F32, [], () => new float[1])),
            new Dictionary<string, string>());
        Assert.Contains("damaged", Assert.Throws<CirrusException>(() => Im2TextFile.Load(scalars, _device)).Hint, StringComparison.Ordinal);
        Assert.Contains("layers.0.0.weight", Assert.Throws<CirrusException>(() => Im2TextFile.Load(other, _device)).Hint, StringComparison.Ordinal);
        Assert.Contains("layers.0.0.weight is [1]", Assert.Throws<CirrusException>(() => Im2TextFile.Load(wrong, _device))
            .Message, StringComparison.Ordinal);
        Assert.Contains("cirrus train", Assert.Throws<CirrusException>(() => Im2TextFile.Load(_folder, _device)).Hint, StringComparison.Ordinal);
    }

    private Im2Text Network()
    {
        Im2Text network = Im2Text.Random(_device, 7, 9, 5, new(3, 0));
        network.Provenance = new Dictionary<string, string> { ["epoch"] = "12" };
        return network;
    }

    private static float[] Values(Im2Text network) => [.. network.Weights.SelectMany(w => w.Floats.ToArray())];
}
