using System.Diagnostics;
using Cirrus.Cli;
using Cirrus.Gallery;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Tests.Cli;

/// <summary>What only the real program shows: signals, and folders that the system does not let it write.</summary>
[Trait("Category", "Slow")]
public sealed class IndexProgramTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private bool _mounted;

    private string Photos => _folder.At("photos");

    public void Dispose()
    {
        if (_mounted)
            Run("umount", Photos);
        _folder.Dispose();
    }

    [Fact]
    public void Ctrl_C_finishes_the_batch_saves_and_says_how_to_go_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs signals");
        Directory.CreateDirectory(Photos);
        Draw(400);
        string error, output;
        int code;
        for (int tries = 0; ; tries++)
        {
            using Process process = Start("index", Photos, "-m", "playground", "--batch", "2", "--checkpoint", "0", "--verbose");
            string? line;
            do
            {
                line = process.StandardError.ReadLine();
            }
            while (line?.StartsWith("saved", StringComparison.Ordinal) == false);
            Assert.NotNull(line);
            Run("bash", "-c", $"kill -INT {process.Id}");
            (error, output) = (process.StandardError.ReadToEnd(), process.StandardOutput.ReadToEnd());
            process.WaitForExit();
            code = process.ExitCode;
            if (code != ExitCode.Done || tries == 10)
                break;
            Directory.Delete(Path.Combine(Photos, ".cirrus"), recursive: true);      // on a busy machine it may have ended before it was interrupted
        }
        Assert.Contains($"stopped; what is done is kept, go on with: cirrus index {Photos}", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Interrupted, code);
        using GalleryFolder gallery = GalleryFolder.Open(Path.Combine(Photos, ".cirrus"));
        Assert.InRange(gallery.Count, 1, 399);
        Assert.Contains($"{gallery.Count} new", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_that_cannot_be_written_have_their_gallery_in_the_users_data()
    {
        Directory.CreateDirectory(Photos);
        _mounted = OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", Photos) == 0;
        Assert.SkipUnless(_mounted, "needs to mount a disk, which takes root");
        Draw(3);
        Assert.Equal(0, Run("mount", "-o", "remount,ro", Photos));
        using Process index = Start("index", Photos, "-m", "playground");
        string error = index.StandardError.ReadToEnd();
        index.WaitForExit();
        Assert.True(index.ExitCode == 0, error);
        Assert.Contains("cannot be written, so the gallery is kept in your own data", error, StringComparison.Ordinal);
        string made = Assert.Single(Directory.GetDirectories(_folder.At("data/cirrus/galleries")));
        using (GalleryFolder gallery = GalleryFolder.Open(made))
            Assert.Equal((Photos, 3), (gallery.Root, gallery.Count));
        using Process search = Start("search", "a red circle", "-g", Photos, "--format", "paths");
        string found = search.StandardOutput.ReadToEnd();
        search.WaitForExit();
        Assert.Equal(3, found.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    private void Draw(int count)
    {
        for (ulong i = 0; i < (ulong)count; i++)
            File.WriteAllBytes(Path.Combine(Photos, $"{i:D3}.png"),
                Png.Encode(Drawing.Draw(World.Random(new Dice(new Philox(i, 1)), everyPair: true), new Philox(i, 2),
                    Drawing.ClipSide), Drawing.ClipSide));
    }

    private Process Start(params string[] arguments)
    {
        ProcessStartInfo start = new("env", ["--default-signal=INT", "dotnet", Path.Combine(AppContext.BaseDirectory, "Cirrus.Cli.dll"), .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["XDG_DATA_HOME"] = Directory.CreateDirectory(_folder.At("data")).FullName;
        return Process.Start(start)!;
    }

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
