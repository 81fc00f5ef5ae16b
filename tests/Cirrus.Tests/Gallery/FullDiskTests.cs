using System.Diagnostics;
using Cirrus.Gallery;
using Cirrus.Tensors;

namespace Cirrus.Tests.Gallery;

public sealed class FullDiskTests : IDisposable
{
    private const int P = 256;

    private readonly TempFolder _folder = new();
    private bool _mounted;

    public void Dispose()
    {
        if (_mounted)
            Run("umount", _folder.At("disk"));
        _folder.Dispose();
    }

    // A disk of 512 KB, filled a row at a time and compacted over and over: what was committed is there, and with more room it goes on.
    [Fact]
    public void A_full_disk_is_told_and_loses_nothing()
    {
        Directory.CreateDirectory(_folder.At("disk"));
        _mounted = OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", _folder.At("disk"));
        Assert.SkipUnless(_mounted, "needs to mount a small disk, which takes root");
        string place = _folder.At("disk/gallery");
        List<long> kept = [];
        using (GalleryWriter gallery = GalleryWriter.Create(place, _folder.Path, new("toy", "0123456789abcdef", null, P, "openai 224", "exif")))
        {
            CirrusException full = Assert.Throws<CirrusException>(() =>
            {
                while (kept.Count < 1000)
                    kept.AddRange(gallery.Commit(new() { Added = [.. Enumerable.Range(0, 20).Select(i => Row(kept.Count + i))] }));
            });
            Assert.Contains("room", full.Hint, StringComparison.Ordinal);
            Assert.InRange(kept.Count, 100, 500);
            Assert.Throws<CirrusException>(() => gallery.Compact());
            Check(gallery.Items);
            using (GalleryFolder reader = GalleryFolder.Open(place))
                Check(reader.Items);
            Assert.Empty(GalleryCheck.Run(place).Damage);
            Assert.True(Run("mount", "-o", "remount,size=4m", _folder.At("disk")));
            kept.AddRange(gallery.Commit(new() { Added = [Row(kept.Count)] }));
            gallery.Compact();
        }
        using (GalleryWriter again = GalleryWriter.Open(place))
            Check(again.Items);
        Assert.Empty(GalleryCheck.Run(place).Damage);

        void Check(IEnumerable<GalleryItem> items) => Assert.Equal(kept.Select((id, i) => (id, $"{i}.jpg")), items.Select(i => (i.Id, i.Path)));
    }

    // The rows of a large segment fit, the codes behind them do not: nothing of it counts, and with more room it is written whole.
    [Fact]
    public void A_disk_that_fills_between_the_files_of_a_segment_keeps_the_state_before()
    {
        const int Many = 5000;
        Directory.CreateDirectory(_folder.At("disk"));
        _mounted = OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", "size=6400k", "tmpfs", _folder.At("disk"));
        Assert.SkipUnless(_mounted, "needs to mount a small disk, which takes root");
        string place = _folder.At("disk/gallery");
        StoredRow[] rows = [.. Enumerable.Range(1, Many).Select(Row)];
        using GalleryWriter gallery = GalleryWriter.Create(place, _folder.Path, new("toy", "0123456789abcdef", null, P, "openai 224", "exif"));
        gallery.Commit(new() { Added = [Row(0)] });
        Assert.Contains("room", Assert.Throws<CirrusException>(() => gallery.Commit(new() { Added = rows })).Hint, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(place, "s00000002.safetensors")), "it was to fail behind the rows");
        using (GalleryFolder reader = GalleryFolder.Open(place))
            Assert.Equal("0.jpg", Assert.Single(reader.Items).Path);
        Assert.Empty(GalleryCheck.Run(place).Damage);
        Assert.True(Run("mount", "-o", "remount,size=16m", _folder.At("disk")));
        Assert.Equal((2, Many + 1), (gallery.Commit(new() { Added = rows })[0], gallery.Count));
        Assert.True(File.Exists(Path.Combine(place, "s00000002.codes")));
        Assert.Empty(GalleryCheck.Run(place).Damage);
    }

    private static StoredRow Row(int i) => StoredRow.Of(new(0, $"{i}.jpg", 1, 2, $"{i}", 3, 4), [.. Enumerable.Range(0, P).Select(d => (float)(d + i))]);

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
