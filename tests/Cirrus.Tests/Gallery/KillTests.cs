using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Tests.Gallery;

/// <summary>
/// The real program is killed (SIGKILL) at random moments while it indexes, refreshes, rebuilds, compacts and merges. After every kill
/// the gallery opens, every file of it is whole, what was acknowledged is there, each row is that of its picture; and run again, it ends
/// with the gallery of a run that nobody killed: ids, records, rows to the bit.
/// </summary>
/// <remarks>CIRRUS_KILLS asks for more kills, CIRRUS_KILL_SEED for others.</remarks>
[Trait("Category", "Slow")]
public sealed partial class KillTests : IDisposable
{
    private const int Pictures = 60, MostTries = 400;

    private readonly TempFolder _folder = new();
    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;
    private readonly Random _random;
    private readonly Dictionary<string, string> _rows = [];    // content → the bits of its row
    private readonly int _wanted;
    private int _kills, _drawn;
    private double _seconds = 1;

    public KillTests()
    {
        _clip = PlaygroundClip.Load(_device);
        _wanted = int.TryParse(Environment.GetEnvironmentVariable("CIRRUS_KILLS"), CultureInfo.InvariantCulture, out int kills) ? kills : 24;
        _random = new(int.TryParse(Environment.GetEnvironmentVariable("CIRRUS_KILL_SEED"), CultureInfo.InvariantCulture, out int seed) ? seed : 1);
        Directory.CreateDirectory(Path.Combine(Photos, "inner"));
        for (int i = 0; i < Pictures; i++)
            Draw(i % 3 == 0 ? $"inner/p{i:D2}.png" : $"p{i:D2}.png");
        File.WriteAllText(Path.Combine(Photos, "broken.jpg"), "no picture");
    }

    private string Photos => _folder.At("photos");

    private string Killed => _folder.At("killed");

    private string Whole => _folder.At("whole");

    public void Dispose()
    {
        _clip.Dispose();
        _device.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Whenever_it_is_killed_nothing_acknowledged_is_lost_and_nothing_is_half_there()
    {
        while (_kills < _wanted)
        {
            Forget(Killed, Whole);
            Index(fresh: true);
            for (int round = 0; round < 3 && _kills < _wanted; round++)
            {
                Change();
                Index(fresh: false);
            }
            Compact();
            Rebuild();
            Merge();
        }
        TestContext.Current.SendDiagnosticMessage($"{_kills} kills");
    }

    /// <summary>A first index, or a refresh of what has changed.</summary>
    private void Index(bool fresh)
    {
        if (!fresh)
            Copy(Killed, Whole);
        using (GalleryWriter whole = fresh ? GalleryWriter.Create(Whole, Photos, Space) : GalleryWriter.Open(Whole))
            new Indexer(whole, _clip, new([])).Run(null, CancellationToken.None);
        Learn(Whole);
        HashSet<(string, string)> kept = fresh ? [] : [.. Contents(Killed).Intersect(Contents(Whole))];
        UntilDone(["index", Photos, "-g", Killed, "-m", "playground", "--checkpoint", "0", "--batch", "4", "--verbose"], acknowledged =>
        {
            if (!GalleryFolder.IsOne(Killed))
            {
                Assert.True(fresh && acknowledged == 0);
                return;
            }
            using GalleryFolder gallery = Sound(Killed);
            Assert.True(gallery.Version >= acknowledged, $"version {acknowledged} was acknowledged, {gallery.Version} is there");
            Assert.Superset(kept, Contents(gallery));
        });
        Same(Whole, Killed);
    }

    private void Compact()
    {
        Copy(Killed, Whole);
        UntilDone(["gallery", "compact", Killed], _ => Same(Whole, Killed));
        Same(Whole, Killed);
    }

    private void Rebuild()
    {
        Copy(Killed, Whole);
        using (GalleryWriter whole = GalleryWriter.Rebuild(Whole, Space))
        {
            new Indexer(whole, _clip, new([])).Run(null, CancellationToken.None);
            whole.Finish();
        }
        string old = _folder.At("old");
        Copy(Killed, old);
        UntilDone(["index", Photos, "-g", Killed, "-m", "playground", "--rebuild", "--checkpoint", "0", "--batch", "4", "--verbose"], _ =>
        {
            using GalleryFolder now = Sound(Killed), before = GalleryFolder.Open(old);
            Same(now.Items.First().Id == before.Items.First().Id ? old : Whole, Killed);
        }, finished: () => GalleryFolder.VersionOf(Killed) > GalleryFolder.VersionOf(old));
        Same(Whole, Killed);
        Forget(old);
    }

    private void Merge()
    {
        string[] parts = [_folder.At("part0"), _folder.At("part1"), _folder.At("part2")];
        string whole = _folder.At("merged-whole"), killed = _folder.At("merged");
        for (int i = 0; i < parts.Length; i++)
            using (GalleryWriter part = GalleryWriter.Create(parts[i], Photos, Space, $"{i}/3"))
                new Indexer(part, _clip, new([])).Run(null, CancellationToken.None);
        GalleryMerge.Run(parts, whole, null, CancellationToken.None);
        UntilDone(["gallery", "merge", .. parts, "-o", killed], _ =>
        {
            if (Directory.Exists(killed))
                Same(whole, killed);
        }, finished: () => Directory.Exists(killed));
        Same(whole, killed);
        Forget([.. parts, whole, killed]);
    }

    /// <summary>Some pictures go, move, change, are copied, come and break.</summary>
    private void Change()
    {
        string[] all = [.. Directory.GetFiles(Photos, "*.png", SearchOption.AllDirectories)];
        _random.Shuffle(all);
        foreach (string path in all[..6])
            File.Delete(path);
        foreach (string path in all[6..12])
            File.Move(path, Path.Combine(Photos, $"moved{_drawn++:D4}.png"));
        foreach (string path in all[12..16])
            File.Copy(path, Path.Combine(Photos, "inner", $"copy{_drawn++:D4}.png"));
        foreach (string path in all[16..22])
            Draw(Path.GetRelativePath(Photos, path));
        File.WriteAllText(all[22], "broken now");
        for (int i = 0; i < 8; i++)
            Draw($"new{_drawn:D4}.png");
    }

    /// <summary>Runs the program and kills it, checks, and again, until a run is not killed.</summary>
    /// <param name="check">given the last version that was acknowledged.</param>
    /// <param name="finished">true when a killed run had done its work already, so that it must not be begun again.</param>
    private void UntilDone(string[] arguments, Action<long> check, Func<bool>? finished = null)
    {
        long acknowledged = 0;
        for (int tries = 0; tries < MostTries; tries++)
        {
            bool killed = Run(arguments, mayKill: tries < 12 && _kills < _wanted, ref acknowledged);
            check(acknowledged);
            if (!killed || finished?.Invoke() == true)
                return;
        }
        Assert.Fail("it never ends");
    }

    private bool Run(string[] arguments, bool mayKill, ref long acknowledged)
    {
        using Process process = new() { StartInfo = new("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true } };
        foreach (string argument in arguments.Prepend(Path.Combine(AppContext.BaseDirectory, "Cirrus.Cli.dll")))
            process.StartInfo.ArgumentList.Add(argument);
        int saves = mayKill && arguments.Contains("--verbose") && _random.Next(4) > 0 ? _random.Next(1, 8) : 0;    // killed soon after it has saved so often, or at any time
        double delay = mayKill ? saves > 0 ? _random.NextDouble() * 0.03 : _random.NextDouble() * 1.2 * _seconds : double.PositiveInfinity;
        using ManualResetEventSlim saved = new(saves == 0);
        long last = acknowledged;
        List<string> said = [];
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not string text)
                return;
            said.Add(text);
            if (Saved().Match(text) is { Success: true } m)
            {
                last = long.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
                if (--saves == 0)
                    saved.Set();
            }
        };
        Stopwatch took = Stopwatch.StartNew();
        process.Start();
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        bool killed = false;
        if (mayKill)
        {
            while (!saved.Wait(20) && !process.HasExited)
            {
            }
            if (!process.WaitForExit(TimeSpan.FromSeconds(delay)))
            {
                process.Kill();
                killed = true;
            }
        }
        process.WaitForExit();
        killed &= process.ExitCode != 0;
        _kills += killed ? 1 : 0;
        if (!killed)
        {
            Assert.True(process.ExitCode == 0, string.Join('\n', said));
            _seconds = took.Elapsed.TotalSeconds;
        }
        acknowledged = last;
        return killed;
    }

    /// <summary>The gallery opens, its files are whole, no path is there twice, and each row is that of its picture.</summary>
    private GalleryFolder Sound(string folder)
    {
        Assert.Empty(GalleryCheck.Run(folder).Damage);
        GalleryFolder gallery = GalleryFolder.Open(folder);
        Assert.Equal(gallery.Count, gallery.Items.Select(i => i.Path).Distinct().Count());
        foreach (GalleryItem item in gallery.Items)
            Assert.Equal(_rows[item.Hash], Bits(gallery, item.Id));
        return gallery;
    }

    private void Learn(string folder)
    {
        using GalleryFolder gallery = GalleryFolder.Open(folder);
        foreach (GalleryItem item in gallery.Items)
            _rows[item.Hash] = Bits(gallery, item.Id);
    }

    private static void Same(string expected, string actual)
    {
        Assert.Empty(GalleryCheck.Run(actual).Damage);
        using GalleryFolder a = GalleryFolder.Open(expected), b = GalleryFolder.Open(actual);
        Assert.Equal(a.Items.Select(i => (i, Bits(a, i.Id))), b.Items.Select(i => (i, Bits(b, i.Id))));
        Assert.Equal(a.Problems, b.Problems);
    }

    private static string Bits(GalleryFolder gallery, long id) =>
        Convert.ToHexString(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(gallery.RawFeature(id)))
        + Convert.ToHexString(System.Runtime.InteropServices.MemoryMarshal.AsBytes(gallery.Row(id)!.Value.Span));

    private static HashSet<(string, string)> Contents(string folder)
    {
        using GalleryFolder gallery = GalleryFolder.Open(folder);
        return Contents(gallery);
    }

    private static HashSet<(string, string)> Contents(GalleryFolder gallery) => [.. gallery.Items.Select(i => (i.Path, i.Hash))];

    private EmbeddingSpace Space => new(_clip.Config.Name, _clip.Fingerprint, null, _clip.Config.P, _clip.Preprocessing.ToString(), "exif");

    private void Draw(string name)
    {
        ulong seed = (ulong)_drawn++;
        File.WriteAllBytes(Path.Combine(Photos, name), Png.Encode(Drawing.Draw(World.Random(new Dice(new Philox(seed, 1)),
            everyPair: true), new Philox(seed, 2), Drawing.ClipSide), Drawing.ClipSide));
    }

    private static void Forget(params string[] folders)
    {
        foreach (string folder in folders.Where(Directory.Exists))
            Directory.Delete(folder, recursive: true);
    }

    private static void Copy(string from, string to)
    {
        Forget(to);
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    [GeneratedRegex("^saved [0-9]+ pictures, version ([0-9]+)$")]
    private static partial Regex Saved();
}
