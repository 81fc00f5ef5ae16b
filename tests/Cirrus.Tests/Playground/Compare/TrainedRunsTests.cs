using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Playground.Compare;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Playground.Compare;

public sealed class TrainedRunsTests : IDisposable
{
    private static readonly string[] Settings = ["steps=4", "batch=16", "noise_share=0", "noise_scale=1"];
    private readonly TempFolder _folder = new();
    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;

    public TrainedRunsTests() => _clip = TinyClip.Create(_device);

    public void Dispose()
    {
        _clip.Dispose();
        _device.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_run_is_trained_once_and_found_again()
    {
        TrainedRuns runs = new(_folder.At("runs"));
        TrainedRun first = runs.Train(Method.Find("lincir"), "tiny", _clip, Settings, stop: TestContext.Current.CancellationToken)!;
        Assert.False(first.Reused);
        Assert.True(first.Seconds > 0);
        int hidden = 4 * TinyClip.P;
        Assert.Equal((TinyClip.P * hidden) + hidden + (hidden * hidden) + hidden + (hidden * 32) + 32, first.Parameters);
        Assert.Equal(first.Parameters, TrainedRuns.CountOf(Method.Find("lincir"), first.Weights));
        TrainedRun again = new TrainedRuns(_folder.At("runs"))
            .Train(Method.Find("lincir"), "tiny", _clip, Settings, _ => Assert.Fail("trained again"),
            stop: TestContext.Current.CancellationToken)!;
        Assert.Equal(first with { Reused = true }, again);
        Assert.Equal(first.Seconds, TrainedRuns.SecondsOf(first.Weights));
        Assert.Throws<CirrusException>(() =>
            runs.Train(Method.Find("lincir"), "tiny", _clip, ["steps=5"], stop: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_stopped_run_goes_on_and_its_time_adds_up()
    {
        TrainedRuns runs = new(_folder.At("runs"));
        using CancellationTokenSource source = new();
        Assert.Null(runs.Train(Method.Find("lincir"), "tiny", _clip, Settings, report: done => source.Cancel(), stop: source.Token));
        string folder = Path.Combine(_folder.At("runs"), "tiny", "lincir");
        double before = TrainedRuns.SecondsOf(folder)!.Value;
        int begun = -1;
        TrainedRun run = runs.Train(Method.Find("lincir"), "tiny", _clip, Settings,
            report: done => begun = begun < 0 ? done.Step : begun, stop: TestContext.Current.CancellationToken)!;
        Assert.Equal(2, begun);
        Assert.True(run.Seconds > before);
    }
}
