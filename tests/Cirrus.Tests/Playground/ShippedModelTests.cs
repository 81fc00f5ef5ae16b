using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Methods;
using Cirrus.Methods.LinCir;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Tests.Playground;

/// <summary>What the small CLIP that ships must still be able to do.</summary>
[Trait("Category", "Slow")]
public sealed class ShippedModelTests
{
    // Pictures and captions of another seed than training's. The floors are the bars that the model was made for; docs/log.md has its figures.
    [Fact]
    public void It_tells_what_it_sees()
    {
        using Device device = Device.Open("cpu");
        using ClipModel clip = PlaygroundClip.Load(device);
        ClipBars bars = ClipBars.Measure(clip, 4321);
        Assert.Equal(100, clip.LogitScale, 0.1);
        Assert.True(bars.Recall >= 0.8, $"recall@1 {bars.Recall:P1}");
        Assert.True(bars.Colour >= 0.95, $"colour {bars.Colour:P1}");
        Assert.True(bars.Backdrop >= 0.95, $"background {bars.Backdrop:P1}");
        Assert.True(bars.Style >= 0.95, $"style {bars.Style:P1}");
        Assert.True(bars.Kind >= 0.6, $"kind {bars.Kind:P1}");
        Assert.True(bars.Fill >= 0.75, $"fill {bars.Fill:P1}");
    }

    // The bar of the specification, on one gallery a split: mAP@10 of LinCIR at least 1.5 times the best of picture, words and sum.
    [Fact]
    public void LinCir_beats_late_fusion()
    {
        using Device device = Device.Open("cpu");
        using ClipModel clip = PlaygroundClip.Load(device);
        CancellationToken stop = TestContext.Current.CancellationToken;
        string[] rivals = ["image", "text", "sum"];
        EvaluatedMethod[] methods =
        [
            new("lincir", new LinCirComposer(clip, PlaygroundLinCir.Train(clip, PlaygroundLinCir.Options, stop: stop))),
            .. rivals.Select(name => new EvaluatedMethod(name, Method.Find(name).Open(clip, null))),
        ];
        PlaygroundResult result = PlaygroundEvaluation.Run(clip, methods, new() { Seeds = 1, Tune = false }, stop: stop);
        foreach (EvaluatedMethod m in methods)
            m.Composer.Dispose();
        string key = Metric.MeanAveragePrecision(10).Key;
        foreach (string split in new[] { "seen", "unseen" })
        {
            double lincir = Of("lincir"), best = rivals.Max(Of);
            Assert.True(lincir >= 1.5 * best, $"{split}: {lincir:P1} beside {best:P1}");

            double Of(string method) => result.Evaluation.Find(method, split, PlaygroundEvaluation.Concept)!.Scores[key].Mean;
        }
    }
}
