using System.Diagnostics;
using Cirrus.Clip;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Playground;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests;

/// <summary>The program itself, killed without a chance to save.</summary>
public sealed class KilledExtractionTests
{
    private const int Segment = 256, Slow = 40, Side = 1200;

    [Fact]
    public void Killed_it_loses_the_segment_in_progress_and_ends_with_the_same_bits()
    {
        using TempFolder folder = new();
        byte[] slow = Png.Encode(new byte[3 * Side * Side], Side);            // what comes behind the first segment takes a second or more
        TinyCirr.Write(folder.Path, Segment + Slow, i => i < Segment ? Png.Encode([.. Enumerable.Repeat((byte)i, 3 * 64)], 8) : slow);
        using Device device = Device.Open("cpu");
        using (ClipModel model = TinyClip.Create(device))
            model.Save(folder.At("model"), StoredType.F32, new Dictionary<string, string>());
        string cache = folder.At("cache");
        string[] args = ["eval", "cirr", "--data", folder.Path, "-m", folder.At("model"), "--method", "image", "--cache", cache, "-q"];
        long kept = Segment + Slow;
        for (int tries = 0; kept > Segment && tries < 20; tries++)                // it may end before it is killed, on a busy machine
        {
            if (Directory.Exists(cache))
                Directory.Delete(cache, recursive: true);
            ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "Cirrus.Cli"), args) { RedirectStandardOutput = true };
            using Process process = Process.Start(start)!;
            Assert.True(SpinWait.SpinUntil(() => Segments(cache).Length > 0 || process.HasExited, TimeSpan.FromMinutes(5)));
            process.Kill();
            process.WaitForExit();
            kept = Rows(cache);
        }
        Assert.InRange(kept, 1, Segment);
        using ClipModel clip = ClipModel.Load(folder.At("model"), device);
        BenchmarkData data = BenchmarkSource.Find("cirr").Open(new(folder.Path));
        BenchmarkExtraction resumed = BenchmarkExtraction.Run(data, clip, new(cache, Say: Assert.Fail), TestContext.Current.CancellationToken);
        Assert.Equal(Segment + Slow, resumed.Embedded + kept);
        Assert.Equal(Segment + Slow, Rows(cache));
        Assert.Equal(BenchmarkExtraction.Run(data, clip, new(), TestContext.Current.CancellationToken).Features.Candidates,
            resumed.Features.Candidates);
    }

    private static string[] Segments(string cache) =>
        Directory.Exists(cache) ? Directory.GetFiles(cache, "segment-*.safetensors", SearchOption.AllDirectories) : [];

    private static long Rows(string cache) => Segments(cache).Sum(path =>
    {
        using TensorFile file = TensorFile.Open(path);
        return file.Tensors["features"].Shape[0];
    });
}
