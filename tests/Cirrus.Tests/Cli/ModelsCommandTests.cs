using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Cirrus.Cli;
using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Hub;
using Cirrus.Tensors;
using Cirrus.Tests.Hub;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Cli;

public sealed class ModelsCommandTests : HubFixture
{
    [Fact]
    public void Known_models_have_the_sizes_of_their_networks()
    {
        foreach (KnownModel model in KnownModel.All)
        {
            Assert.Equal(model.Id, HubRepository.Parse(model.Id).Id);
            Assert.Equal(model.Parameters,
                model.Size is not string size ? Cirrus.Methods.CompoDiff.DenoiserSizes.Published.Weights().Sum(w => w.Count)
                : ClipWeights.Shapes(ClipSizes.Find(size)).Sum(w => w.Shape.Aggregate(1L, (n, d) => n * d)));
        }
        Assert.Equal("vit-l-14-336", KnownModel.Find("ViT-L/14@336")?.Name);
        Assert.Equal("vit-b-32", KnownModel.Find("OpenAI/clip-vit-base-patch32")?.Name);
        Assert.Null(KnownModel.Find("vit-z"));
    }

    [Fact]
    public async Task The_list_says_what_is_here_and_what_fits()
    {
        await PullAsync();
        StringWriter output = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        ModelsCommand.Write(output, Settings, speed: 100, memory: 2_000_000_000);
        string[] lines = output.ToString().Split('\n');
        Assert.Equal("name          repository                                download    memory  pictures/s  licence     here  fits", lines[0]);
        Assert.Equal(
            "vit-b-32      openai/clip-vit-base-patch32               ~605 MB   ~605 MB         ~12  MIT         no    yes   the quickest",
                lines[1]);
        Assert.Equal(
            "vit-bigg-14   laion/CLIP-ViT-bigG-14-laion2B-39B-b160k  ~10.2 GB  ~10.2 GB       ~0.11  MIT         no    no    "
                + "LAION-2B, the best of these",
                lines[6]);
        Assert.Contains(lines, l => l.Contains("  org/tiny  ", StringComparison.Ordinal) && l.EndsWith("fetched before", StringComparison.Ordinal));
        Assert.Contains("pictures/s is estimated", output.ToString(), StringComparison.Ordinal);
        StringWriter text = new(CultureInfo.InvariantCulture);
        ModelsCommand.WriteJson(text, Settings, speed: 100, memory: 2_000_000_000);
        using JsonDocument json = JsonDocument.Parse(text.ToString());
        JsonElement[] models = [.. json.RootElement.GetProperty("models").EnumerateArray()];
        Assert.Equal(("vit-b-32", "no", true, 605_109_252), (models[0].GetProperty("name").GetString(),
            models[0].GetProperty("here").GetString(), models[0].GetProperty("fits").GetBoolean(),
            models[0].GetProperty("bytes").GetInt64()));
        Assert.False(models[5].GetProperty("fits").GetBoolean());
        Assert.Equal(("org/tiny", Cache.FindModel(Repository)),
            (models[^1].GetProperty("repository").GetString(), models[^1].GetProperty("folder").GetString()));
    }

    [Fact]
    public async Task Pull_names_size_licence_and_place_first_and_prints_the_folder()
    {
        (int code, string output, string error) = await PullTextAsync(HubServer.Repository);
        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(Cache.FindModel(Repository) + "\n", output);
        Assert.Equal(
            $"org/tiny: 300 kB in 4 files, 300 kB of it to fetch; licence of the weights: see "
                + $"{Settings.Endpoint.AbsoluteUri.TrimEnd('/')}/org/tiny; to {Cache.Of(Repository)}\nall 4 files are here, "
                + $"verified by their hashes\n",
                error);
        Assert.Contains("0 B of it to fetch", (await PullTextAsync(HubServer.Repository)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_and_path_need_no_network()
    {
        HubPulled pulled = await PullAsync();
        Settings = Settings with { Offline = true };
        Assert.Equal((ExitCode.Done, pulled.Snapshot + "\n", ""), await PullTextAsync(HubServer.Repository));
        Assert.Equal(pulled.Snapshot, ModelsPathCommand.Find(Settings, HubServer.Repository, "main"));
        StringWriter output = new(CultureInfo.InvariantCulture) { NewLine = "\n" }, error = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        Assert.Equal(ExitCode.Done, await ModelsVerifyCommand.RunAsync(Settings, HubServer.Repository, "main", output, error, json: false, Stop));
        Assert.Contains("ok         300 kB  model.safetensors\n", output.ToString(), StringComparison.Ordinal);
        Assert.Empty(error.ToString());
        File.WriteAllText(WeightsBlob, "no");
        Assert.Equal(ExitCode.UserError,
            await ModelsVerifyCommand.RunAsync(Settings, HubServer.Repository, "main", output, error, json: false, Stop));
        Assert.Equal("error: 1 of 4 files are damaged\nhint: cirrus models pull org/tiny fetches them again\n", error.ToString());
        StringWriter json = new(CultureInfo.InvariantCulture);
        Assert.Equal(ExitCode.UserError, await ModelsVerifyCommand.RunAsync(Settings, HubServer.Repository, "main", json, error, json: true, Stop));
        using JsonDocument said = JsonDocument.Parse(json.ToString());
        Assert.Equal(pulled.Snapshot, said.RootElement.GetProperty("folder").GetString());
        Assert.Equal("wrong", said.RootElement.GetProperty("files").EnumerateArray()
            .Single(f => f.GetProperty("name").GetString() == "model.safetensors").GetProperty("hash").GetString());
    }

    [Fact]
    public async Task What_is_not_here_is_told_with_the_command_that_fetches_it()
    {
        Settings = Settings with { Offline = true };
        CirrusException e = await Assert.ThrowsAsync<CirrusException>(() => PullTextAsync("vit-b-32"));
        Assert.Contains("cirrus models pull vit-b-32", e.Hint, StringComparison.Ordinal);
        Assert.Contains("cirrus models pull vit-b-32",
            Assert.Throws<CirrusException>(() => ModelPlace.InCache("vit-b-32", Settings)).Hint, StringComparison.Ordinal);
        Assert.Contains("There is nothing at 'org/tiny'",
            Assert.Throws<CirrusException>(() => ModelPlace.InCache("org/tiny", Settings)).Message, StringComparison.Ordinal);
        Assert.Null(ModelPlace.InCache("models/tiny.pt", Settings));
        Assert.Null(ModelPlace.InCache("nothing", Settings));
        Assert.Equal("no/weights", ModelPlace.FindWeights("no/weights"));
        Assert.Contains("known are vit-b-32", Assert.Throws<CirrusException>(() => ModelPlace.Repository("vit-z")).Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fetched_model_is_found_by_name_and_called_by_it()
    {
        using Device device = Device.Open("cpu");
        string fingerprint;
        using (ClipModel clip = TinyClip.Create(device))
        {
            clip.Save(Folder.At("tiny"), StoredType.F32, new Dictionary<string, string>());
            fingerprint = clip.Fingerprint;
        }
        foreach (string file in Directory.GetFiles(Folder.At("tiny")))
            Server.Files[Path.GetFileName(file)] = await File.ReadAllBytesAsync(file, Stop);
        await PullAsync();
        EmbeddingSpace space = new("tiny", fingerprint, ModelPlace.ForManifest(ModelPlace.InCache(HubServer.Repository, Settings)!), 16, "", "exif");
        Assert.Equal(space.ModelPath, ModelPlace.Find(null, space));
        using ClipModel fetched = ClipModel.Load(ModelPlace.InCache(HubServer.Repository, Settings)!, device);
        Assert.Equal(fingerprint, fetched.Fingerprint);
        Assert.Equal("tiny", fetched.Config.Name);
        Directory.Delete(Settings.Cache, recursive: true);
        Assert.Contains($"cirrus models pull org/tiny --revision {HubServer.Commit}",
            Assert.Throws<CirrusException>(() => ModelPlace.Find(null, space)).Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killed_it_goes_on_where_it_was()
    {
        using Process process = Start();
        process.Kill();
        await process.WaitForExitAsync(Stop);
        await GoesOnAsync();
    }

    [Fact]
    public async Task Interrupted_it_says_how_to_go_on()
    {
        using Process process = Start();
        using (Process kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(Stop);
        string error = await process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        Assert.Equal(ExitCode.Interrupted, process.ExitCode);
        Assert.EndsWith("interrupted; what came is kept\nhint: cirrus models pull org/tiny goes on where it ended\n", error,
            StringComparison.Ordinal);
        await GoesOnAsync();
    }

    [Fact]
    public void Progress_is_a_bar_or_a_plain_line()
    {
        Assert.Equal("[######..................] 25%  250 MB of 1.00 GB  50.0 MB/s  0:00:15 left  a",
            DownloadProgress.Line(250_000_000, 1_000_000_000, "a", 50e6, bar: true));
        Assert.Equal("0%  0 B of 0 B  0 B/s  0:00:00 left  a", DownloadProgress.Line(0, 0, "a", 0, bar: false));
    }

    /// <summary>The program itself, half of the weights fetched, waiting for the rest.</summary>
    private Process Start()
    {
        Server.Misbehave = r => r.IsFetch("model.safetensors") ? Server.Answer(r) with { Pause = TimeSpan.FromHours(1) } : null;
        // what started the tests may ignore interrupts, and its children then would too
        ProcessStartInfo start = new("env", ["--default-signal=INT", Path.Combine(AppContext.BaseDirectory, "Cirrus.Cli"), "models", "pull", HubServer.Repository])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["HF_HUB_CACHE"] = Settings.Cache, ["HF_ENDPOINT"] = Settings.Endpoint.AbsoluteUri, ["HF_HUB_DOWNLOAD_TIMEOUT"] = "3000", ["HF_HUB_OFFLINE"] = "", ["HF_TOKEN"] = "" },
        };
        Process process = Process.Start(start)!;
        Assert.True(SpinWait.SpinUntil(() => process.HasExited || (new FileInfo(Partial) is { Exists: true } partial
            && partial.Length == Weights.Length / 2), TimeSpan.FromMinutes(5)));
        Assert.False(process.HasExited);
        return process;
    }

    private async Task GoesOnAsync()
    {
        Assert.Equal(Weights.Length / 2, new FileInfo(Partial).Length);
        Server.Misbehave = _ => null;
        AssertPulled(await PullAsync());
        Assert.Equal(Weights.Length / 2, Server.Requests.Last(r => r.IsFetch("model.safetensors")).From);
    }

    private async Task<(int Code, string Output, string Error)> PullTextAsync(string model)
    {
        StringWriter output = new(CultureInfo.InvariantCulture) { NewLine = "\n" }, error = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        int code = await ModelsPullCommand.RunAsync(Settings, model, "main", [], output, error, quiet: false, Stop);
        return (code, output.ToString(), error.ToString());
    }
}
