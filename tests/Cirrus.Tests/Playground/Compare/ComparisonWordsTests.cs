using Cirrus.Evaluation;
using Cirrus.Methods;
using Cirrus.Playground;
using Cirrus.Playground.Compare;
using Cirrus.Tests.Evaluation;

namespace Cirrus.Tests.Playground.Compare;

/// <summary>The sentences follow the numbers: made-up rows of a zero-shot, a supervised and two untrained methods.</summary>
public sealed class ComparisonWordsTests
{
    private const string Attribute = "attribute", Object = "object composition";

    [Fact]
    public void The_winner_is_the_one_with_the_highest_mean()
    {
        string all = Words(0.4, 0.3, 0.3);
        Assert.Contains("concept, seen pairs): lincir leads with a mAP@10 of 40.0 % (95 %: 39.0 to 41.0); taught follows with 30.0 %.", all, StringComparison.Ordinal);
        Assert.Contains("Training without right answers pays: lincir makes 2.00 times the mAP@10 of the best untrained method, slerp.", all, StringComparison.Ordinal);
        Assert.Contains("slerp answers 60.0 % of the questions with a picture of the unchanged scene first", all, StringComparison.Ordinal);
    }

    [Fact]
    public void A_supervised_winner_is_told_from_those_that_saw_no_answer()
    {
        string all = Words(0.4, 0.6, 0.3);
        Assert.Contains("taught leads with a mAP@10 of 60.0 %", all, StringComparison.Ordinal);
        Assert.Contains("of those that have not, lincir is best with 40.0 %", all, StringComparison.Ordinal);
        Assert.Contains("makes 1.50 times the mAP@10 of the best zero-shot method, lincir on seen pairs and 0.75 times on unseen ones: a part of what it learned are the pairs", all, StringComparison.Ordinal);
        Assert.Contains("lincir leads in place of taught", all, StringComparison.Ordinal);
    }

    [Fact]
    public void Methods_within_the_interval_cannot_be_told_apart() =>
        Assert.Contains("lincir leads with a mAP@10 of 40.0 % (95 %: 39.0 to 41.0); taught cannot be told from it.", Words(0.4, 0.395, 0.3), StringComparison.Ordinal);

    [Fact]
    public void Where_training_does_not_pay_it_is_said()
    {
        string all = Words(0.1, 0.05, 0.1);
        Assert.Contains("Training without right answers does not pay: lincir makes 0.50 times", all, StringComparison.Ordinal);
        Assert.Contains("slerp answers 60.0 % of the questions with a picture of the unchanged scene first. Of 3 methods that read the words 2 stay below 5 %: lincir and taught.", all, StringComparison.Ordinal);
        Assert.Contains("It gains in no family, and loses most in object composition (10.0 % against 20.0 %).", all, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_are_weighed_against_methods()
    {
        string all = string.Join('\n', ComparisonWords.Of(Result(0.4, 0.3, 0.3) with
        {
            Sizes = [new("small", 100, "lincir", 5, Around(0.1)), new("small", 100, "other", 5, Around(0.15)), new("full", 1000, "lincir", 60, Around(0.4)), new("full", 1000, "other", 60, Around(0.35))],
        }));
        Assert.Contains("Across 2 sizes of CLIP the backbone matters more than the method: 25.0 points lie between sizes, 5.0 between methods. lincir goes from 10.0 % in 5.0 s on the smallest to 40.0 % in 60 s", all, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.004, 0.006, "taught follows with 39.5 %")]              // ahead in every question, by what the intervals hide
    [InlineData(-0.2, 0.21, "taught cannot be told from it")]
    [InlineData(-0.025, 0.035, "taught follows with 39.5 %")]             // 2.2 standard errors
    [InlineData(-0.034, 0.044, "taught cannot be told from it")]          // 1.7
    [InlineData(0, 0, "taught cannot be told from it")]                   // the same answers throughout
    [InlineData(0.01, 0.01, "taught follows with 39.5 %")]
    public void The_same_questions_of_all_seeds_tell_two_methods_apart(double least, double most, string wanted)
    {
        ComparisonResult result = Result(0.4, 0.395, 0.3);
        Outcome[] taught = [.. Enumerable.Range(0, 9).Select(_ => Outcome("taught", i => 0.3))];
        Outcome[] lincir = [.. Enumerable.Range(0, 9).Select(_ => Outcome("lincir", i => 0.3 + (i % 2 == 0 ? least : most)))];
        result = result with { Evaluation = result.Evaluation with { Seeds = new Dictionary<string, IReadOnlyList<IReadOnlyList<Outcome>>> { ["seen"] = [lincir, taught] } } };
        Assert.Contains($"lincir leads with a mAP@10 of 40.0 % (95 %: 39.0 to 41.0); {wanted}", string.Join('\n', ComparisonWords.Of(result)), StringComparison.Ordinal);
    }

    [Fact]
    public void One_seed_alone_does_not_decide()
    {
        ComparisonResult result = Result(0.4, 0.395, 0.3);
        Outcome[] taught = [Outcome("taught", i => 0.3), Outcome("taught", i => 0.3)];
        Outcome[] lincir = [Outcome("lincir", i => 0.31), Outcome("lincir", i => 0.29)];
        Assert.Contains("taught follows", With(lincir[..1], taught[..1]), StringComparison.Ordinal);
        Assert.Contains("taught cannot be told from it", With(lincir, taught), StringComparison.Ordinal);

        string With(Outcome[] a, Outcome[] b) => string.Join('\n', ComparisonWords.Of(result with
        {
            Evaluation = result.Evaluation with { Seeds = new Dictionary<string, IReadOnlyList<IReadOnlyList<Outcome>>> { ["seen"] = [a, b] } },
        }));
    }

    [Fact]
    public void A_supervised_method_that_is_behind_is_not_said_to_have_learned_the_changes()
    {
        string all = Words(0.4, 0.2, 0.2);
        Assert.Contains("taught, makes 0.50 times the mAP@10 of the best zero-shot method, lincir on seen pairs and 0.50 times on unseen ones.\n", all, StringComparison.Ordinal);
        Assert.Contains("what it learned are the changes", Words(0.4, 0.6, 0.6), StringComparison.Ordinal);
    }

    [Fact]
    public void The_order_of_unseen_pairs_is_told_by_places()
    {
        Assert.Contains("lincir leads too. The order stays.\n", Words(0.4, 0.3, 0.3), StringComparison.Ordinal);
        Assert.Contains("lincir leads in place of taught. The order stays, within a place.\n", Words(0.4, 0.6, 0.3), StringComparison.Ordinal);
        Assert.Contains("taught falls 2 places.\n", Words(0.4, 0.6, 0.1), StringComparison.Ordinal);
    }

    [Fact]
    public void Wordings_are_set_beside_each_other_and_the_soonest_trained_is_named()
    {
        ComparisonResult result = Result(0.4, 0.3, 0.3);
        EvaluationResult rows = result.Evaluation.Evaluation;
        ScoreRow[] contrasts = [.. rows.Rows.Where(r => r.Family == ScoreRow.All).Select(r =>
            r with { Family = "all, contrast", Scores = r.Scores.ToDictionary(s => s.Key, s => Around(s.Value.Mean * (r.Method == "lincir" ? 0.8 : r.Method == "slerp" ? 0.5 : 0.7))) })];
        ComparedMethod soon = result.Methods[0] with { Evaluated = result.Methods[0].Evaluated with { Name = "quick", TrainSeconds = 5 } };
        ScoreRow[] quick = [.. rows.Rows.Where(r => r.Method == "lincir").Select(r => r with { Method = "quick", Scores = r.Scores.ToDictionary(s => s.Key, s => Around(s.Value.Mean * 0.8)) })];
        string all = string.Join('\n', ComparisonWords.Of(result with { Evaluation = result.Evaluation with { Evaluation = rows with { Rows = [.. rows.Rows, .. contrasts] } } }));
        Assert.Contains("lincir has 80 % of its score, the most of all, and slerp 50 %, the least.", all, StringComparison.Ordinal);
        Assert.Contains("Of the zero-shot methods within a tenth of the best, lincir was trained soonest, in 30 s, from captions.", all, StringComparison.Ordinal);
        string two = string.Join('\n', ComparisonWords.Of(result with
        {
            Evaluation = result.Evaluation with { Evaluation = rows with { Rows = [.. rows.Rows, .. quick] } },
            Methods = [.. result.Methods, soon],
            Times = [.. result.Times, new(2, 8)],
        }));
        Assert.Contains("Of the zero-shot methods within a tenth of the best, lincir was trained soonest", two, StringComparison.Ordinal);     // quick has 0.8 of it
    }

    private static Outcome Outcome(string method, Func<int, double> map)
    {
        BenchmarkQuery[] queries = [.. Enumerable.Range(0, 20).Select(i => new BenchmarkQuery(0, -1, ["x"], [[0], [0]], i < 10 ? Attribute : Object))];
        Benchmark benchmark = new("playground", "seen", ["0"], ["0"], [PlaygroundEvaluation.Concept, PlaygroundEvaluation.Edit], queries, PlaygroundEvaluation.Metrics);
        double[][] values = [.. PlaygroundEvaluation.Metrics.Select(_ => Enumerable.Range(0, 20).Select(map).ToArray())];
        return new(benchmark, method, 0, [], [], [values, values]);
    }

    private static string Words(double zeroShot, double supervised, double supervisedUnseen) => string.Join('\n', ComparisonWords.Of(Result(zeroShot, supervised, supervisedUnseen)));

    private static ComparisonResult Result(double zeroShot, double supervised, double supervisedUnseen)
    {
        Method taught = new("taught", "", "", NeedsWeights: true, (_, _) => throw new NotSupportedException(),
            Method.Find("lincir").Training! with { Data = TrainingDataKind.Triplets });
        (Method Method, double Seen, double Unseen, double Unchanged)[] methods =
            [(Method.Find("lincir"), zeroShot, 0.4, 0.01), (taught, supervised, supervisedUnseen, 0.02), (Method.Find("slerp"), 0.2, 0.2, 0.6), (Method.Find("image"), 0.02, 0.02, 1)];
        ScoreRow[] rows = [.. methods.SelectMany(m => new[] { "seen", "unseen" }.SelectMany(split => new[] { PlaygroundEvaluation.Concept, PlaygroundEvaluation.Edit }
            .SelectMany(truth => new[] { ScoreRow.All, Attribute, Object }.Select(family => Row(m.Method.Name, split, truth, family, split == "seen" ? m.Seen : m.Unseen, m.Unchanged)))))];
        PlaygroundResult evaluation = new(new("playground", PlaygroundEvaluation.Metrics, rows, [], 1), new Dictionary<string, PlaygroundBenchmark>(),
            new Dictionary<string, IReadOnlyList<Outcome>>());
        return new(evaluation, [.. methods.Select(m => new ComparedMethod(m.Method, new(m.Method.Name, new FixedComposer([]), m.Method.NeedsWeights ? 30 : 0), null, 10))],
            [.. methods.Select(_ => new QueryTime(2, 8))], []);
    }

    private static ScoreRow Row(string method, string split, string truth, string family, double map, double unchanged) => new(method, split, truth, family, 100,
        PlaygroundEvaluation.Metrics.ToDictionary(m => m.Key, m => m == Metric.UnchangedFirst ? Around(unchanged) : Around(map)), 0);

    private static Score Around(double mean) => new(mean, 0, mean - 0.01, mean + 0.01);
}
