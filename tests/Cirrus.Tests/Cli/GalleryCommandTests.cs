using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Cirrus.Cli;
using Cirrus.Gallery;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Tests.Cli;

public sealed class GalleryCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public GalleryCommandTests()
    {
        Directory.CreateDirectory(_folder.At("photos/inner"));
        for (int i = 0; i < 12; i++)
            Draw($"photos/{(i % 2 == 0 ? "" : "inner/")}{i:D2}.png", (ulong)i);
        File.WriteAllText(_folder.At("photos/broken.png"), "no picture");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Parts_merged_are_the_gallery_of_one_run()
    {
        string[] parts = [.. Enumerable.Range(0, 3).Select(i => _folder.At($"parts/{i}"))];
        for (int i = 0; i < 3; i++)
            Assert.Equal(ExitCode.Done, (await Run("index", _folder.At("photos"), "-m", "playground", "--shard", $"{i}/3", "-g", parts[i])).Code);
        Assert.StartsWith("0 new, 0 changed, 0 moved, 0 gone", (await Run("index", _folder.At("photos"), "-g", parts[0])).Output,
            StringComparison.Ordinal);
        await Assert.ThrowsAsync<CirrusException>(() => Run("index", _folder.At("photos"), "-g", parts[0], "--shard", "1/3"));
        await Assert.ThrowsAsync<CirrusException>(() => Run("index", _folder.At("photos"), "--shard", "1/3", "-m", "playground"));
        await Run("index", _folder.At("photos"), "-m", "playground", "-g", _folder.At("whole"));
        Assert.Equal("12 pictures of 3 galleries, 0 doubled, 1 unreadable\n",
            (await Run(["gallery", "merge", .. parts, "-o", _folder.At("photos/.cirrus")])).Output);
        using (GalleryFolder whole = GalleryFolder.Open(_folder.At("whole")), merged = GalleryFolder.Open(_folder.At("photos/.cirrus")))
        {
            Assert.Equal(whole.Items, merged.Items);
            Assert.Equal(whole.Problems, merged.Problems);
            Assert.All(whole.Items, i => Assert.Equal(whole.RawFeature(i.Id)!, merged.RawFeature(i.Id)!));
        }
        Assert.Equal("0 new, 0 changed, 0 moved, 0 gone, 12 unchanged, 1 unreadable\n", (await Run("index", _folder.At("photos"))).Output);
    }

    [Fact]
    public async Task Damage_is_found_taken_out_and_encoded_again()
    {
        await Run("index", _folder.At("photos"), "-m", "playground");
        Assert.Equal("12 pictures in 1 segments, 0 damaged\n", (await Run("gallery", "verify", _folder.At("photos"))).Output);
        string file = Directory.GetFiles(_folder.At("photos/.cirrus"), "s*.safetensors")[0];
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^5] ^= 1;
        File.WriteAllBytes(file, bytes);
        (int code, string output, string error) = await Run("gallery", "verify", _folder.At("photos"));
        Assert.Equal(ExitCode.UserError, code);
        string[] paths = Paths();
        Assert.Equal($"damaged: {Path.GetFileName(file)}: row 11 is not what was written\n  lost: {paths[11]}\n11 pictures in 1 segments, 1 damaged\n", output);
        Assert.Contains("--repair", error, StringComparison.Ordinal);
        using (JsonDocument json = JsonDocument.Parse((await Run("gallery", "verify", _folder.At("photos"), "--json")).Output))
            Assert.Equal((11, false, Path.GetFileName(file), paths[11]),
                (json.RootElement.GetProperty("pictures").GetInt32(), json.RootElement.GetProperty("repaired").GetBoolean(),
                json.RootElement.GetProperty("damage")[0].GetProperty("file").GetString(),
                json.RootElement.GetProperty("damage")[0].GetProperty("pictures")[0].GetString()));
        (code, output, error) = await Run("gallery", "verify", _folder.At("photos"), "--repair");
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains($"  taken out: {paths[11]}\n", output, StringComparison.Ordinal);
        Assert.Contains("encode its pictures again", error, StringComparison.Ordinal);
        Assert.Equal(paths[..11], Paths());
        Assert.StartsWith("1 new, 0 changed, 0 moved, 0 gone, 11 unchanged", (await Run("index", _folder.At("photos"))).Output, StringComparison.Ordinal);
        Assert.EndsWith("0 damaged\n", (await Run("gallery", "verify", _folder.At("photos"))).Output, StringComparison.Ordinal);

        string[] Paths()
        {
            using GalleryFolder gallery = GalleryFolder.Open(_folder.At("photos/.cirrus"));
            return [.. gallery.Items.Select(i => i.Path)];
        }
    }

    [Fact]
    public async Task What_cannot_be_written_is_told_in_words_of_the_verb()
    {
        await Run("index", _folder.At("photos"), "-m", "playground");
        string below = _folder.At("photos/broken.png/merged");    // below a file nobody can write, not even root
        CirrusException e = await Assert.ThrowsAsync<CirrusException>(() => Run("gallery", "merge", _folder.At("photos"), "-o", below));
        Assert.StartsWith($"'{below}' cannot be written", e.Message, StringComparison.Ordinal);
        Assert.Equal("name a place for the gallery that is yours to write", e.Hint);
        e = await Assert.ThrowsAsync<CirrusException>(() => Run("index", _folder.At("photos"), "-m", "playground", "-g", below));
        Assert.Contains("cirrus index FOLDER -g ELSEWHERE", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compaction_says_what_it_removed()
    {
        await Run("index", _folder.At("photos"), "-m", "playground", "--checkpoint", "0", "--batch", "3");
        File.Delete(_folder.At("photos/00.png"));
        await Run("index", _folder.At("photos"));
        Assert.Equal("11 pictures, 1 rows removed, 4 segments became 1\n", (await Run("gallery", "compact", _folder.At("photos"))).Output);
    }

    // Pictures come, one is removed, while the program watches; then it is asked to end.
    [Fact]
    public async Task Watching_indexes_what_changes_until_it_is_stopped()
    {
        Lines said = new(), output = new();
        using Device device = Device.Open("cpu");
        using Cirrus.Clip.ClipModel clip = PlaygroundClip.Load(device);
        EmbeddingSpace space = new("playground", clip.Fingerprint, null, clip.Config.P, clip.Preprocessing.ToString(), "exif");
        using GalleryWriter gallery = GalleryWriter.Create(_folder.At("photos/.cirrus"), _folder.At("photos"), space);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        IndexRun run = new(gallery, clip, new([]), said, quiet: true, verbose: false);
        run.Once(stop.Token);
        Task<int> watching = Task.Run(() => run.Watch(output, stop.Token), CancellationToken.None);
        await Until(() => said.All.Any(l => l.Contains("watching", StringComparison.Ordinal)));
        Draw("photos/inner/new.png", 77);
        File.Delete(_folder.At("photos/02.png"));
        await Until(() => Sum() == (1, 1));       // in one run, or in two on a machine that pauses between them
        Directory.CreateDirectory(_folder.At("photos/later"));
        Draw("photos/later/one.png", 78);
        await Until(() => Sum() == (2, 1));
        await stop.CancelAsync();
        Assert.Equal(ExitCode.Done, await watching);
        using GalleryFolder now = GalleryFolder.Open(_folder.At("photos/.cirrus"));
        Assert.Equal(13, now.Count);
        Assert.Single(said.All, l => l.Contains("broken.png", StringComparison.Ordinal));

        (int New, int Gone) Sum() => (output.All.Sum(l => Number(l, "new")), output.All.Sum(l => Number(l, "gone")));
    }

    /// <summary>The number before a word, of a line like "1 new, 0 changed, ...".</summary>
    private static int Number(string line, string word) =>
        int.Parse(line.Split(", ").Single(p => p.EndsWith(' ' + word, StringComparison.Ordinal)).Split(' ')[0], CultureInfo.InvariantCulture);

    /// <summary>Keeps lines, and is read while it is written.</summary>
    private sealed class Lines : StringWriter
    {
        private readonly ConcurrentQueue<string> _all = [];

        public IReadOnlyCollection<string> All => _all;

        public override void WriteLine(string? value) => _all.Enqueue(value ?? "");
    }

    private static async Task Until(Func<bool> there)
    {
        for (int i = 0; i < 3000 && !there(); i++)
            await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.True(there());
    }

    private void Draw(string name, ulong seed)
    {
        string ready = _folder.At(Path.GetRandomFileName());
        File.WriteAllBytes(ready, Png.Encode(Drawing.Draw(World.Random(new Dice(new Philox(seed, 1)), everyPair: true),
            new Philox(seed, 2), Drawing.ClipSide), Drawing.ClipSide));
        File.Move(ready, _folder.At(name), overwrite: true);
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        StringWriter output = new(), error = new();
        int code = await Verbs.Invoke(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
