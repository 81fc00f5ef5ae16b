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
