using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using Cirrus.Clip;
using Cirrus.Imaging;
using Cirrus.Playground;
using Cirrus.Tensors;
using Cirrus.Tests.Hub;

namespace Cirrus.Tests.House;

/// <summary>Where README's reader sits: the repository's scripts, a folder of pictures, captions, and a hub that has a CLIP.</summary>
internal sealed class ReadmeStage : IAsyncDisposable
{
    public const int Pictures = 24, Side = 64;

    private readonly TempFolder _folder = new();
    private readonly HubServer _hub = new("openai/clip-vit-large-patch14");

    public ReadmeStage()
    {
        foreach (string script in (string[])["cirrus", "test"])
            File.CreateSymbolicLink(At(script), Path.Combine(Shared.Repository, script));
        Directory.CreateDirectory(At("photos"));
        for (int i = 0; i < Pictures; i++)
            Draw(i, $"photos/p{i:D2}.png");
        File.WriteAllBytes(At("photo.jpg"), ImageFile.EncodeJpeg(new(Side, Side, PictureMode.Rgb, Scene(Pictures))));
        using (StreamWriter captions = new(new GZipStream(File.Create(At("captions.txt.gz")), CompressionLevel.Fastest)))
            foreach (string caption in Captions.Training(seed: 1, count: 600))
                captions.WriteLine(caption);
        PublishClip();
        Program("bin/xdg-open", $"echo \"$1\" >>'{At("opened")}'");
    }

    public string At(string name) => _folder.At(name);

    public void Draw(int i, string name) => File.WriteAllBytes(At(name), Png.Encode(Scene(i), Side));

    /// <summary>The place that the browser opens as its <paramref name="count"/>th, as soon as it does: the program does not wait for it long.</summary>
    public async Task<string> OpenedAsync(int count, CancellationToken stop)
    {
        string[] opened;
        while ((opened = File.Exists(At("opened")) ? File.ReadAllLines(At("opened")) : []).Length < count)
            await Task.Delay(50, stop);
        Assert.Equal(count, opened.Length);
        return opened[^1];
    }

    /// <summary>Runs a line in bash to its end.</summary>
    public async Task<ReadmeRun> RunAsync(string line, CancellationToken stop)
    {
        ReadmeRun run = Start(line);
        await run.EndAsync(stop);
        return run;
    }

    public ReadmeRun Start(string line)
    {
        // who started the tests may ignore interrupts, and its children then would too
        ProcessStartInfo start = new("env", ["--default-signal=INT", "bash", "-c", line]) { WorkingDirectory = _folder.Path };
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("HF_", StringComparison.Ordinal)
            || k.StartsWith("CIRRUS_", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        start.Environment["HF_ENDPOINT"] = _hub.Address.AbsoluteUri;
        start.Environment["HF_HOME"] = At("hub");
        start.Environment["DISPLAY"] = ":0";
        start.Environment["NO_PROXY"] = "127.0.0.1";
        start.Environment["PATH"] = At("bin") + Path.PathSeparator + start.Environment["PATH"];
        return new(start);
    }

    /// <summary>The words that bash makes of a line that begins with ./cirrus.</summary>
    public async Task<string[]> WordsAsync(string line, CancellationToken stop)
    {
        if (!File.Exists(At("words/cirrus")))
            Program("words/cirrus", "printf '%s\\n' \"$@\"");
        using ReadmeRun run = await RunAsync($"cd words && {line}", stop);
        return run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        _folder.Dispose();
    }

    private static byte[] Scene(int i) =>
        Drawing.Draw(World.Random(new Dice(new Philox((ulong)i, 1)), everyPair: true), new Philox((ulong)i, 2), Side);

    /// <summary>A CLIP of random weights, with CLIP's own vocabulary where that is at hand.</summary>
    private void PublishClip()
    {
        string vocabulary = Path.Combine(Shared.Root, "data", "clip", "bpe_simple_vocab_16e6.txt.gz");
        BpeTokenizer tokenizer = File.Exists(vocabulary) ? BpeTokenizer.Load(vocabulary) : BpeTokenizer.FromMerges([]);
        using Device device = Device.Open("cpu");
        using (ClipModel clip = ClipModel.Random(new("small", 16, new(32, 2, 2, 64, tokenizer.Count, 77, Activation.QuickGelu),
            new(32, 1, 2, 64, 16, 32, Activation.QuickGelu)),
            tokenizer, device, seed: 1))
            clip.Save(At("published"), StoredType.F32, new Dictionary<string, string>());
        foreach (string file in Directory.GetFiles(At("published")))
            _hub.Files[Path.GetFileName(file)] = File.ReadAllBytes(file);
        Directory.Delete(At("published"), recursive: true);
    }

    private void Program(string name, string script)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllText(At(name), $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(At(name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}

/// <summary>A line of README that runs, and what it has said.</summary>
internal sealed class ReadmeRun : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = [], _error = [];
    private readonly Task _read;

    public ReadmeRun(ProcessStartInfo start)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        _read = Task.WhenAll(ReadAsync(_process.StandardOutput, _output), ReadAsync(_process.StandardError, _error));
    }

    public string Output => string.Concat(_output.Select(l => l + "\n"));

    public string Error => string.Concat(_error.Select(l => l + "\n"));

    public int Code => _process.ExitCode;

    public bool HasEnded => _process.HasExited;

    /// <summary>Everything it said, for a message.</summary>
    public string Said => $"{Output}{Error}{(HasEnded ? $"(ended with {Code})" : "(still running)")}";

    public async Task EndAsync(CancellationToken stop)
    {
        await _process.WaitForExitAsync(stop);
        await _read;
    }

    /// <summary>Waits until something holds; fails when the program ends before.</summary>
    public async Task UntilAsync(Func<ReadmeRun, bool> holds, CancellationToken stop)
    {
        while (!holds(this))
        {
            Assert.False(HasEnded, Said);
            await Task.Delay(50, stop);
        }
    }

    /// <summary>Ctrl-C, and what it ended with.</summary>
    public async Task<int> InterruptAsync(CancellationToken stop)
    {
        using (Process kill = Process.Start("kill", ["-INT", _process.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(stop);
        await EndAsync(stop);
        return Code;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private static async Task ReadAsync(StreamReader from, ConcurrentQueue<string> to)
    {
        while (await from.ReadLineAsync() is string line)
            to.Enqueue(line);
    }
}
