using Cirrus.Evaluation;
using Cirrus.Methods;
using Cirrus.Tensors;

namespace Cirrus.Tests.Evaluation;

public sealed class EvaluatorTests : IDisposable
{
    private readonly Device _device = Device.Open("cpu");

    // Four candidates of very different lengths: only their directions may count.
    private static readonly float[] Candidates = [100, 0, /**/ 0.6f, 0.8f, /**/ 0, 0.001f, /**/ 0.8f, 0.6f];
    private static readonly BenchmarkFeatures Features = new(2, Candidates, [9, 0, /**/ 0, 7]);

    public void Dispose() => _device.Dispose();

    [Fact]
    public void Candidates_are_ranked_by_direction_alone()
    {
        FixedComposer composer = new([1, 0], [0, 1]);
        Outcome outcome = Run(Of(false), composer);
        Assert.Equal([0, 3, 1, 2], outcome.Ranked[0]);
        Assert.Equal([2, 1, 3, 0], outcome.Ranked[1]);
        Assert.Equal([0, 1], outcome.Values[0][0]);          // R@1: places 3 and 2 are right
        Assert.Equal([0.5, 1], outcome.Values[0][1]);        // mAP@5
        Assert.Equal([1, 0], outcome.Values[1][0]);          // the other truth
    }

    [Fact]
    public void The_reference_is_dropped_when_the_benchmark_says_so()
    {
        Outcome outcome = Run(Of(true), new FixedComposer([1, 0], [0, 1]));
        Assert.Equal([3, 1, 2], outcome.Ranked[0]);
        Assert.Equal([2, 1, 3, 0], outcome.Ranked[1]);       // its reference is no candidate
        Assert.Equal([1, 1], outcome.Values[0][0]);
    }

    [Fact]
    public void A_method_gets_raw_references_and_all_captions()
    {
        FixedComposer composer = new([1, 0], [0, 1]);
        using Evaluator evaluator = new(Of(false), Features, _device);
        evaluator.Run(new("m", composer, ImageWeight: 0.3f), null, TestContext.Current.CancellationToken);
        Assert.Equal([9f, 0f], composer.Asked[0].Pictures.Single());
        Assert.Equal(("is red", 0.3f), (composer.Asked[0].Text, composer.Asked[0].ImageWeight));
        Assert.Null(composer.Asked[0].Alternatives);
        Assert.Equal("and small", Assert.Single(composer.Asked[1].Alternatives!));
        evaluator.Run(new("m", composer, Prompt: "$ , {caption}"), null, TestContext.Current.CancellationToken);
        Assert.Equal("$ , is red", composer.Asked[2].Text);
        Assert.Equal("$ , and small", Assert.Single(composer.Asked[3].Alternatives!));
    }

    [Fact]
    public void A_method_is_asked_in_its_own_form_and_sentence()
    {
        BenchmarkQuery query = new(0, 0, ["a and b", "b and a"], [[1]], "f")
        {
            Forms = new Dictionary<CaptionForm, IReadOnlyList<string>> { [CaptionForm.Pic2Word] = ["b. and a"], [CaptionForm.Annotators] = ["a", "b."] },
        };
        EvaluatedMethod method = new("m", new FixedComposer());
        Assert.Equal(["a and b", "b and a"], method.TextsOf(query));
        Assert.Equal(["b. and a"], (method with { Form = CaptionForm.Pic2Word }).TextsOf(query));
        Assert.Equal(["a", "b."], (method with { Form = CaptionForm.Annotators }).TextsOf(query));
        Assert.Equal(["a and b", "b and a"], (method with { WritesSentences = true }).TextsOf(query));
        Assert.Equal(["a toy of $"], (method with { WritesSentences = true }).TextsOf(query with { Prompt = "a toy of $" }));
        Assert.Equal(["a and b", "b and a"], method.TextsOf(query with { Prompt = "a toy of $" }));
        Assert.Equal(["is a and b", "is b and a"], (method with { WritesSentences = true, Prompt = "is {caption}" }).TextsOf(query with { Prompt = "a toy of $" }));
    }

    [Fact]
    public void What_is_not_wanted_and_masks_go_to_methods_that_read_them()
    {
        float[] mask = [0, 1, 1, 0];
        Benchmark benchmark = new("b", "s", Ids(4), Ids(2), ["t"],
            [new(0, 0, ["x"], [[1]], "f") { Avoided = ["a fish", "a star"], Mask = mask }, new(1, -1, ["y"], [[1]], "f")], [Metric.Recall(1)]);
        BenchmarkFeatures features = Features with { Words = words => [words.Length, 0] };
        using Evaluator evaluator = new(benchmark, features, _device);
        FixedComposer reads = new([1, 0], [0, 1]) { ReadsWords = true }, other = new([1, 0], [0, 1]);
        evaluator.Run(new("reads", reads), null, TestContext.Current.CancellationToken);
        Assert.Equal(["a fish", "a star"], reads.Asked[0].Avoided!);
        Assert.Same(mask, reads.Asked[0].Mask);
        Assert.Null(reads.Asked[0].Without);
        Assert.Empty(reads.Asked[1].Avoided!);
        Assert.Null(reads.Asked[1].Mask);
        evaluator.Run(new("other", other), null, TestContext.Current.CancellationToken);
        Assert.Equal([[6f, 0f], [6f, 0f]], other.Asked[0].Without!);
        Assert.Null(other.Asked[0].Avoided);
        Assert.Null(other.Asked[0].Mask);
        Assert.Null(other.Asked[1].Without);
        using Evaluator wordless = new(benchmark, Features, _device);
        Assert.Throws<ArgumentException>(() => wordless.Run(new("other", other), null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Queries_over_their_own_candidates_and_subsets()
    {
        Benchmark benchmark = new("b", "s", Ids(4), Ids(2), ["t"],
            [new(0, 0, ["x"], [[1]], "f", Among: [2, 1]), new(0, 0, ["x"], [[1]], "f", Subset: [0, 1, 3])], [Metric.Recall(1), Metric.SubsetRecall(1), Metric.SubsetRecall(2)])
        {
            DropReference = true,
        };
        Outcome outcome = Run(benchmark, new FixedComposer([1, 0], [1, 0]));
        Assert.Equal([1, 2], outcome.Ranked[0]);
        Assert.Equal([3, 1, 2], outcome.Ranked[1]);
        Assert.Equal([3, 1], outcome.Subsets[1]);
        Assert.Equal([0, 0, 1], outcome.Values[0].Select(m => m[1]));      // in the subset 3 is before 1
        Outcome same = Outcome.OfRankings(benchmark, "r", [[1, 2], [0, 3, 1, 2]]);
        Assert.Equal(outcome.Ranked, same.Ranked);
        Assert.Equal(outcome.Values[0], same.Values[0]);
    }

    [Fact]
    public void Of_candidates_of_its_own_the_first_wins_a_tie()
    {
        Benchmark benchmark = new("b", "s", Ids(4), Ids(2), ["t"], [new(0, -1, ["x"], [[3]], "f", Among: [3, 1, 0])], [Metric.Recall(1)]);
        using Evaluator evaluator = new(benchmark, Features with { Candidates = [0, 1, /**/ 1, 0, /**/ 1, 0, /**/ 1, 0] }, _device);
        Assert.Equal([3, 1, 0], evaluator.RunVectors("ready", [1, 0], TestContext.Current.CancellationToken).Ranked[0]);
    }

    [Fact]
    public void Missing_pictures_are_not_ranked_and_their_queries_are_misses()
    {
        BenchmarkFeatures features = Features with { MissingCandidates = new HashSet<int> { 3 }, MissingReferences = new HashSet<int> { 1 } };
        using Evaluator evaluator = new(Of(false), features, _device);
        FixedComposer composer = new([1, 0]);
        Outcome outcome = evaluator.Run(new("m", composer), null, TestContext.Current.CancellationToken);
        Assert.Equal([0, 1, 2], outcome.Ranked[0]);
        Assert.Empty(outcome.Ranked[1]);
        Assert.Single(composer.Asked);
        Assert.Equal([0, 0], outcome.Values[0][0]);
    }

    [Fact]
    public void Features_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Evaluator(Of(false), Features with { P = 1 }, _device));
        CirrusException e = Assert.Throws<CirrusException>(() => new Evaluator(Of(false), Features with { Candidates = [1, 0, 1, 1, float.NaN, 0, 1, 0] }, _device));
        Assert.Contains("'2'", e.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Run(Of(false), new FixedComposer([1, 0])));
    }

    [Fact]
    public void A_benchmark_holds_together()
    {
        Assert.Throws<ArgumentException>(() => Make(new BenchmarkQuery(2, 0, ["x"], [[1]], "f")));
        Assert.Throws<ArgumentException>(() => Make(new BenchmarkQuery(0, 4, ["x"], [[1]], "f")));
        Assert.Throws<ArgumentException>(() => Make(new BenchmarkQuery(0, 0, [], [[1]], "f")));
        Assert.Throws<ArgumentException>(() => Make(new BenchmarkQuery(0, 0, ["x"], [[4]], "f")));
        Assert.Throws<ArgumentException>(() => Make(new BenchmarkQuery(0, 0, ["x"], [], "f")));
        Assert.Throws<ArgumentException>(() => Make(new BenchmarkQuery(0, 0, ["x"], [[1]], "f", Subset: [-1])));
        Assert.Throws<ArgumentException>(() => Make(new BenchmarkQuery(0, 0, ["x"], [[1]], "f", Subset: [1], Among: [1])));

        static Benchmark Make(BenchmarkQuery query) => new("b", "s", Ids(4), Ids(2), ["t"], [query], [Metric.Recall(1)]);
    }

    private Outcome Run(Benchmark benchmark, FixedComposer composer)
    {
        using Evaluator evaluator = new(benchmark, Features, _device);
        return evaluator.Run(new("m", composer));
    }

    private static Benchmark Of(bool dropReference) => new("b", "s", Ids(4), Ids(2), ["one", "other"],
        [new(0, 0, ["is red"], [[3], [0, 1]], "f"), new(1, -1, ["is old", "and small"], [[2], [3]], "f")], [Metric.Recall(1), Metric.MeanAveragePrecision(5)])
    {
        DropReference = dropReference,
    };

    private static string[] Ids(int n) => [.. Enumerable.Range(0, n).Select(i => $"{i}")];
}
