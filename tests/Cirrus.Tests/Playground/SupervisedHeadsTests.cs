using System.Text.Json;
using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Playground;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Tests.Playground;

/// <summary>The supervised heads on the drawn world, with a tenth of their triplets and of their steps.</summary>
public sealed class SupervisedHeadsTests
{
    // All triplets and steps give 3.6 to 5 times the sum (docs/log.md), a tenth of both about twice; other roundings may move that a little.
    [Theory, Trait("Category", "Slow")]
    [InlineData("combiner")]
    [InlineData("clip4cir")]
    [InlineData("tirg")]
    public void They_find_far_more_than_the_sum(string name)
    {
        using Device device = Device.Open("cpu");
        using ClipModel clip = PlaygroundClip.Load(device);
        using TempFolder folder = new();
        Method method = Method.Find(name);
        TrainingData data = new(Triplets: PlaygroundData.Triplets(2_000));
        JsonElement options = method.Training!.Options(true, ["steps=100", "batch=200"]);
        using (TrainingRun run = TrainingRun.Start(folder.At("run"), name, options, data.Inputs(clip),
            method.Training.Create(clip, data, options), method.Training.Result))
            run.Train(null, CancellationToken.None);
        using Composer head = method.Open(clip, folder.At("run")), sum = Method.Find("sum").Open(clip, null);
        PlaygroundResult result = PlaygroundEvaluation.Run(clip, [new(name, head), new("sum", sum)],
            new() { Seeds = 1, Queries = 70, Splits = ["seen"], Tune = false }, stop: TestContext.Current.CancellationToken);
        double[] scores = [.. result.Outcomes["seen"].Select(o => o.MeanOfFamilies(PlaygroundEvaluation.Concept, PlaygroundEvaluation.Metrics[0]))];
        Assert.True(scores[0] > 1.5 * scores[1], $"{name} {scores[0]:P1}, sum {scores[1]:P1}");
    }
}
