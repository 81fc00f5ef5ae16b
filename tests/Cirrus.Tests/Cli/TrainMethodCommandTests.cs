using System.Text.Json;
using Cirrus.Cli;
using Cirrus.Clip;
using Cirrus.Methods.LinCir;
using Cirrus.Methods.Pic2Word;
using Cirrus.Playground;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;
using Cirrus.Training;

namespace Cirrus.Tests.Cli;

public sealed class TrainMethodCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cirrus").FullName;
    private readonly StringWriter _output = new(), _error = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_run_trains_resumes_and_leaves_a_network_that_composes()
    {
        string model = SaveModel(), captions = At("captions.txt"), run = At("run"), published = At("phi.pt");
        await File.WriteAllLinesAsync(captions, [.. TinyClip.Captions(40), ""], TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Done, await Invoke("train", "lincir", "-c", captions, "-m", model, "-o", run, "--steps", "6", "--batch", "8",
            "--set", "checkpoint_every=3", "--pt", published));
        Assert.Equal(Path.Combine(run, "phi.safetensors"), _output.ToString().Trim());
        Assert.Contains("1 empty (line 41)", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("step 6/6", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done,
            await Invoke("train", "lincir", "-c", captions, "-m", model, "-o", run, "--steps", "6", "--batch", "8", "--resume"));
        CirrusException other = await Assert.ThrowsAsync<CirrusException>(() =>
            Invoke("train", "lincir", "-c", captions, "-m", model, "-o", run, "--resume", "--lr", "1"));
        Assert.Contains("learning_rate=1", other.Message, StringComparison.Ordinal);
        using Device device = Device.Open("cpu");
        using ClipModel clip = ClipModel.Load(model, device);
        foreach (string weights in new[] { run, published })
        {
            using LinCirComposer composer = LinCirComposer.Open(clip, weights);
            Assert.Equal(TinyClip.P, composer.Compose([new([new float[TinyClip.P]], "is red")]).Length);
        }
    }

    [Fact]
    public async Task A_run_starts_from_a_trained_network_and_says_so()
    {
        string model = SaveModel(), captions = At("captions.txt"), first = At("first.pt"), run = At("run");
        await File.WriteAllLinesAsync(captions, TinyClip.Captions(40), TestContext.Current.CancellationToken);
        string[] train = ["train", "lincir", "-c", captions, "-m", model, "--steps", "2", "--batch", "8"];
        Assert.Equal(ExitCode.Done, await Invoke([.. train, "-o", At("first"), "--pt", first]));
        Assert.Equal(ExitCode.Done, await Invoke([.. train, "-o", run, "--from", first]));
        Assert.Contains($"started from {first}", _error.ToString(), StringComparison.Ordinal);
        RunInfo info = RunFolder.ReadInfo(run);
        Assert.Equal((first, WeightsFile.Sha256(first)), (info.Options.GetProperty("from").GetString(), info.Inputs["from"]));
        Assert.Equal(ExitCode.Done, await Invoke([.. train, "-o", run, "--resume", "--pt", first]));
        CirrusException other = await Assert.ThrowsAsync<CirrusException>(() => Invoke([.. train, "-o", run, "--resume"]));
        Assert.Contains("started with from", other.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CirrusException>(() => Invoke([.. train, "-o", At("new"), "--from", At("nothing")]));
        Assert.False(RunFolder.Exists(At("new")));
    }

    // What the log says of the network that is kept is what eval says of it.
    [Fact]
    public async Task The_network_that_does_best_on_a_benchmark_is_kept_and_scored_as_eval_scores_it()
    {
        string model = SaveModel(), captions = At("captions.txt"), cirr = At("data"), run = At("run"), json = At("eval.json");
        await File.WriteAllLinesAsync(captions, TinyClip.Captions(40), TestContext.Current.CancellationToken);
        TinyCirr.Write(cirr);
        string[] train = ["train", "lincir", "-c", captions, "-m", model, "-o", run, "--steps", "6", "--batch", "8"],
            validated = [.. train, "--validation", $"cirr={cirr}", "--validate-every", "2"];
        Assert.Equal(ExitCode.Done, await Invoke(validated));
        LogLine[] lines = [.. RunFolder.ReadLog(run).Where(l => l.Validation is not null)];
        Assert.Equal([2, 4, 6], lines.Select(l => l.Step));
        LogLine best = lines.MaxBy(l => l.Validation!["R@1"])!;
        using (TensorFile kept = TensorFile.Open(Path.Combine(run, RunFolder.Best)))
            Assert.Equal($"{best.Step}", kept.Metadata["step"]);
        Assert.Equal(ExitCode.Done, await Invoke("eval", "cirr", "--data", cirr, "-m", model, "--method", "lincir", "-w", run, "--json", json));
        using JsonDocument result = JsonDocument.Parse(await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken));
        JsonElement row = result.RootElement.GetProperty("rows")[0];
        foreach ((string key, string name) in new[] { ("r1", "R@1"), ("r5", "R@5"), ("rs1", "R_subset@1") })
            Assert.Equal(row.GetProperty(key).GetDouble(), best.Validation![name]);
        Assert.Equal("cirr-val, R@1, every 2 steps", RunFolder.ReadInfo(run).Inputs["validation"]);
        Assert.Equal(ExitCode.Done, await Invoke([.. validated, "--resume"]));
        Assert.Equal(lines.Length, RunFolder.ReadLog(run).Count(l => l.Validation is not null));
        CirrusException otherwise = await Assert.ThrowsAsync<CirrusException>(() => Invoke([.. train, "--resume"]));
        Assert.Contains("started with validation", otherwise.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cirr", "NAME=DIR")]
    [InlineData("cirs=DATA", "benchmarks are")]
    [InlineData("cirr=DATA/none", "eval cirr --data DATA/none --check")]
    [InlineData(null, "--validation cirr=DIR")]
    public async Task A_benchmark_that_is_not_there_is_told_before_the_run_begins(string? benchmark, string hint)
    {
        string model = SaveModel(), captions = At("captions.txt");
        await File.WriteAllLinesAsync(captions, TinyClip.Captions(40), TestContext.Current.CancellationToken);
        string[] train = ["train", "lincir", "-c", captions, "-m", model, "-o", At("run"), "--steps", "6", "--batch", "8"],
            asked = benchmark is null ? ["--validate-every", "2"] : ["--validation", benchmark.Replace("DATA", _folder, StringComparison.Ordinal)];
        CirrusException e = await Assert.ThrowsAsync<CirrusException>(() => Invoke([.. train, .. asked]));
        Assert.Contains(hint.Replace("DATA", _folder, StringComparison.Ordinal), e.Hint, StringComparison.Ordinal);
        Assert.False(RunFolder.Exists(At("run")));
    }

    [Fact]
    public async Task Pictures_that_cannot_be_read_are_told_and_the_run_goes_on()
    {
        string model = SaveModel(), photos = Directory.CreateDirectory(At("photos")).FullName, run = At("run"), published = At("network.pt");
        for (int i = 0; i < 20; i++)
            await File.WriteAllBytesAsync(Path.Combine(photos, $"{i:00}.png"),
                i == 4 ? [1, 2, 3] : Png.Encode([.. Enumerable.Range(0, 3 * 400).Select(k => (byte)(i * k))], 20),
                TestContext.Current.CancellationToken);
        foreach (string augment in new[] { "augment=true", "augment=false" })
        {
            Assert.Equal(ExitCode.Done, await Invoke("train", "pic2word", "-p", photos, "-m", model, "-o", run + augment,
                "--steps", "6", "--batch", "8", "--set", augment, "--pt", published));
            Assert.Single(_error.ToString().Split('\n'), line =>
                line.StartsWith("left out: ", StringComparison.Ordinal) && line.Contains("04.png", StringComparison.Ordinal));
            _error.GetStringBuilder().Clear();
        }
        Assert.Contains("those of 30 epochs", await Help("train", "pic2word"), StringComparison.Ordinal);
        using Device device = Device.Open("cpu");
        using ClipModel clip = ClipModel.Load(model, device);
        using Pic2WordComposer composer = Pic2WordComposer.Open(clip, published);
        Assert.Equal(TinyClip.P, composer.Compose([new([new float[TinyClip.P]], "is red")]).Length);
    }

    [Fact]
    public async Task The_playground_brings_its_own_captions_and_options()
    {
        string run = At("run");
        Assert.Equal(ExitCode.Done, await Invoke("train", "lincir", "-m", "playground", "-o", run, "--steps", "2", "--batch", "16"));
        Assert.Contains("20,000 captions of the playground", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(0.5, RunFolder.ReadInfo(run).Options.GetProperty("noise_share").GetDouble());
    }

    [Fact]
    public async Task Triplets_find_their_pictures_by_name_and_what_is_missing_is_told()
    {
        string model = SaveModel(), triplets = At("triplets.jsonl"), pictures = Directory.CreateDirectory(At("pictures")).FullName;
        for (int i = 0; i < 10; i++)
            await File.WriteAllBytesAsync(Path.Combine(pictures, $"p{i}.png"),
                Png.Encode([.. Enumerable.Range(0, 3 * 256).Select(k => (byte)(k * (i + 3)))], 16),
                TestContext.Current.CancellationToken);
        await File.WriteAllLinesAsync(triplets, [.. Enumerable.Range(0, 10).Select(i =>
            $$"""{"reference": "p{{i}}", "target": "p{{i + 1}}.png", "caption": "is {{i}}"}"""), "{}"],
            TestContext.Current.CancellationToken);
        string[] train = ["train", "combiner", "-t", triplets, "-p", pictures, "-m", model, "-o", At("run"), "--steps", "2",
            "--batch", "4", "--set", "hidden=8"];
        Assert.Equal(ExitCode.Done, await Invoke(train));
        Assert.Contains("triplets.jsonl: 10 triplets; 1 entries left out", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("1 of 10 triplets left out, for 1 pictures are not there: p10.png", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("supervised", _error.ToString(), StringComparison.Ordinal);
        CirrusException nowhere = await Assert.ThrowsAsync<CirrusException>(() =>
            Invoke("train", "tirg", "-t", triplets, "-m", model, "-o", At("other")));
        Assert.Contains("--pictures", nowhere.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_are_printed_without_a_model()
    {
        Assert.Equal(ExitCode.Done, await Invoke("train", "lincir", "--print-options", "--lr", "1e-3", "--set", "ema=true"));
        Assert.Contains("\"learning_rate\": 0.001", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("\"ema\": true", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--model", "train lincir -o RUN")]
    [InlineData("-o RUN", "train lincir --model x")]
    [InlineData("ViT-B/32", "train lincir -o RUN --random ViT-X --vocabulary x")]
    public async Task What_is_missing_is_told(string hint, string line)
    {
        CirrusException e = await Assert.ThrowsAsync<CirrusException>(() =>
            Invoke(line.Replace("RUN", At("none"), StringComparison.Ordinal).Split(' ')));
        Assert.Contains(hint, e.Hint, StringComparison.Ordinal);
    }

    private string SaveModel()
    {
        using Device device = Device.Open("cpu");
        using ClipModel clip = TinyClip.Create(device);
        clip.Save(At("model"), StoredType.F32, new Dictionary<string, string>());
        return At("model");
    }

    private async Task<string> Help(params string[] verb)
    {
        Assert.Equal(ExitCode.Done, await Invoke([.. verb, "--help"]));
        return _output.ToString();
    }

    private Task<int> Invoke(params string[] args) => Verbs.Invoke(args, _output, _error);

    private string At(string name) => Path.Combine(_folder, name);
}
