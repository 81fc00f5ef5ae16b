using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Methods;
using Cirrus.Playground;
using Cirrus.Playground.Compare;
using Cirrus.Tensors;

namespace Cirrus.Tests.Playground.Compare;

public sealed class ComparisonReportTests : IDisposable
{
    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;

    public ComparisonReportTests() => _clip = DrawnClip.Create(_device);

    public void Dispose()
    {
        _clip.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void The_figures_are_of_the_best_row_though_it_is_one_with_a_chosen_weight()
    {
        ComparisonResult result = Compare(tune: true);
        EvaluationResult e = result.Evaluation.Evaluation;
        result = result with
        {
            Evaluation = result.Evaluation with
            {
                Evaluation = e with { Rows = [.. e.Rows.Select(r => r.Method != PlaygroundEvaluation.SlerpTuned ? r : r with { Scores = r.Scores.ToDictionary(s => s.Key, _ => new Score(0.987, 0, 0.9, 1)) })] },
            },
        };
        Assert.Contains("<strong>98.7</strong><span>mAP@10 of slerp-tuned</span><small>the best that is not supervised: the same thing", Page(result), StringComparison.Ordinal);
    }

    [Fact]
    public void Supervised_methods_alone_have_a_report_too()
    {
        ComparisonResult result = Compare(tune: false);
        MethodTraining triplets = Method.Find("combiner").Training!;
        string page = Page(result with { Methods = [.. result.Methods.Select(m => m with { Method = m.Method with { Training = triplets, NeedsWeights = true } })] });
        Assert.Contains("the best of the supervised", page, StringComparison.Ordinal);
        Assert.DoesNotContain("the best that is not supervised", page, StringComparison.Ordinal);
    }

    private ComparisonResult Compare(bool tune)
    {
        using Comparison comparison = new(_clip, new() { Seeds = 1, Queries = 14, Splits = ["seen"], Tune = tune });
        foreach (string name in new[] { "text", "sum" })
            comparison.Add(Method.Find(name), null, 0);
        return comparison.Run(stop: TestContext.Current.CancellationToken);
    }

    private static string Page(ComparisonResult result)
    {
        StringWriter page = new();
        ComparisonReport.Create(result).Write(page);
        return page.ToString();
    }
}
