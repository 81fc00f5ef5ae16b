using Cirrus.Cli;
using Cirrus.Clip;
using Cirrus.Methods.CompoDiff;
using Cirrus.Playground;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Cli;

public sealed class TrainCompoDiffTests : IDisposable
{
    private static readonly string[] Few = ["--steps", "2", "--batch", "4", "--set", "second_batch=4", "--set", "depth=1",
        "--set", "heads=2", "--set", "head_size=8", "--set"];

    private readonly TempFolder _folder = new();
    private readonly StringWriter _output = new(), _error = new();

    public TrainCompoDiffTests()
    {
        using Device device = Device.Open("cpu");
        using ClipModel clip = TinyClip.Create(device);
        clip.Save(_folder.At("model"), StoredType.F32, new Dictionary<string, string>());
        Directory.CreateDirectory(_folder.At("photos"));
        for (int i = 0; i < 4; i++)
            File.WriteAllBytes(_folder.At($"photos/p{i}.png"), Png.Encode([.. Enumerable.Range(0, 3 * 256).Select(k => (byte)(k * (i + 3)))], 16));
        File.WriteAllLines(_folder.At("examples.jsonl"),
        [
            """{"picture": "p0", "caption": "one"}""", """{"picture": "p1.png", "caption": "two"}""",
            """{"picture": "p0", "caption": "one", "mask": [0, 0, 8, 8], "size": [16, 16], "hidden": "p3"}""",
            """{"reference": "p0", "caption": "two", "target": "p1", "back": "one"}""", "{}",
        ]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Two_steps_of_pictures_leave_a_network_and_other_data_do_not_go_on_with_the_run()
    {
        string[] train = ["train", "compodiff", "-e", _folder.At("examples.jsonl"), "-p", _folder.At("photos"), "-m",
            _folder.At("model"), "-o", _folder.At("run")];
        Assert.Equal(ExitCode.Done, await Invoke([.. train, .. Few, "first_share=0.5"]));
        Assert.Contains("examples.jsonl: 2 captions, 1 hidden parts, 2 triplets; 1 entries left out", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("step 2/2", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(_folder.At("run/compodiff.safetensors"), _output.ToString().Trim());
        Assert.Equal(ExitCode.Done, await Invoke([.. train, "--resume"]));
        string text = await File.ReadAllTextAsync(_folder.At("examples.jsonl"), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_folder.At("examples.jsonl"),
            text.Replace("[0, 0, 8, 8]", "[0, 0, 8, 9]", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        Assert.Contains("started with examples",
            (await Assert.ThrowsAsync<CirrusException>(() => Invoke([.. train, "--resume"]))).Message, StringComparison.Ordinal);
        using Device device = Device.Open("cpu");
        using ClipModel clip = ClipModel.Load(_folder.At("model"), device);
        using CompoDiffComposer composer = CompoDiffComposer.Open(clip, _folder.At("run"));
        Assert.Equal(TinyClip.P, composer.Compose([new([new float[TinyClip.P]], "is red")]).Length);
    }

    [Fact]
    public async Task Features_that_embed_wrote_are_learnt_from_without_a_picture()
    {
        string features = _folder.At("features.jsonl");
        Assert.Equal(ExitCode.Done, await Invoke(["embed", "--raw", "-m", _folder.At("model"), "-o", features, "-i",
            .. Enumerable.Range(0, 4).Select(i => _folder.At($"photos/p{i}.png"))]));
        Directory.Delete(_folder.At("photos"), recursive: true);
        string[] train = ["train", "compodiff", "-e", _folder.At("examples.jsonl"), "--features", features, "-m",
            _folder.At("model"), "-o", _folder.At("run")];
        Assert.Equal(ExitCode.Done, await Invoke([.. train, .. Few, "first_share=0.5"]));
        Assert.Contains("features.jsonl: 3 features", _error.ToString(), StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.At("run/compodiff.safetensors")));
        Assert.Equal(ExitCode.Done, await Invoke([.. train, "--resume"]));
    }

    [Fact]
    public async Task Captions_alone_are_enough_for_the_first_stage()
    {
        string captions = _folder.At("captions.jsonl");
        await File.WriteAllTextAsync(captions, """{"picture": "p0", "caption": "one"}""", TestContext.Current.CancellationToken);
        string[] train = ["train", "compodiff", "-e", captions, "-p", _folder.At("photos"), "-m", _folder.At("model"), "-o"];
        CirrusException e = await Assert.ThrowsAsync<CirrusException>(() => Invoke([.. train, _folder.At("a"), .. Few, "first_share=0.5"]));
        Assert.Contains("--set first_share=1", e.Hint, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await Invoke([.. train, _folder.At("b"), .. Few, "first_share=1"]));
    }

    [Fact]
    public async Task What_is_missing_is_told()
    {
        CirrusException e = await Assert.ThrowsAsync<CirrusException>(() =>
            Invoke(["train", "compodiff", "-e", _folder.At("examples.jsonl"), "-m", _folder.At("model"), "-o", _folder.At("run")]));
        Assert.Contains("--features", e.Hint, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<CirrusException>(() => Invoke(["train", "compodiff", "-m", _folder.At("model"), "-o", _folder.At("run")]));
        Assert.Contains("--examples examples.jsonl", e.Hint, StringComparison.Ordinal);
    }

    private Task<int> Invoke(string[] args) => Verbs.Invoke(args, _output, _error);
}
