using System.Text.Json;
using System.Text.RegularExpressions;
using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Evaluation.Reports;
using Cirrus.Methods;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Tests.Playground;

public sealed class SteeringEvaluationTests : IDisposable
{
    private const int Queries = 6;
    private static readonly PlaygroundEvaluationOptions Small = new() { Seeds = 2, Queries = Queries };

    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;
    private readonly ReadingComposer _reads = new();
    private readonly Composer _sum;

    public SteeringEvaluationTests()
    {
        _clip = DrawnClip.Create(_device);
        _sum = Method.Find("sum").Open(_clip, null);
    }

    public void Dispose()
    {
        _sum.Dispose();
        _clip.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void Nothing_is_asked_where_no_method_reads_negative_words() =>
        Assert.Null(SteeringEvaluation.Run(_clip, [new("sum", _sum)], Small, stop: TestContext.Current.CancellationToken));

    [Fact]
    public void All_methods_are_told_what_is_not_wanted_and_masks_are_for_those_that_read_them()
    {
        SteeringResult result = Run();
        Assert.Equal(["reads"], result.Readers.Select(r => r.Name));
        Assert.Equal(["reads", "sum"], result.Negative.Rows.Select(r => r.Method).Distinct());         // no prompts, no sentences
        Assert.Equal(["concept", "not wanted"], result.Negative.Rows.Select(r => r.Truth).Distinct());
        Assert.Equal(2 * Queries, result.Negative.Find("sum", "seen", "not wanted", "all, without")!.Queries);
        Assert.NotNull(result.Masked.Find("reads", "seen", "edit", "all, mask"));
        Assert.Null(result.Masked.Find("sum", "seen", "edit", "all, mask"));
        Assert.Equal(2 * Queries, result.Masked.Find("sum", "seen", "edit")!.Queries);
        Assert.Equal(2 * Queries, _reads.Asked.Count(a => a.Avoided is { Count: 1 }));
        Assert.Equal(2 * Queries, _reads.Asked.Count(a => a.Mask is not null));
        double gain = result.Masked.Find("reads", "seen", "edit", "all, mask")!.Scores["map10"]
            .Mean - result.Masked.Find("reads", "seen", "edit")!.Scores["map10"].Mean;
        Assert.Equal(gain, result.Readers[0].MaskGain.Mean, 1e-12);
        Assert.InRange(gain, result.Readers[0].MaskGain.Low, result.Readers[0].MaskGain.High);
    }

    [Fact]
    public void The_curve_of_steps_keeps_what_else_is_set()
    {
        SteeringResult result = Run();
        Assert.Equal([2, 3, 5, 10, 20, 50], result.Steps.Select(s => s.Steps));
        Assert.All(result.Steps, s => Assert.True(s.Milliseconds > 0 && s.Method == "reads"));
        Assert.Equal([2, 3, 5, 7, 10, 20, 50], _reads.Asked.Select(a => a.Sampling!.Steps).Distinct().Order());
        Assert.All(_reads.Asked, a => Assert.Equal(3.5f, a.Sampling!.TextScale));
    }

    [Fact]
    public void Text_page_and_JSON_say_the_same()
    {
        SteeringResult steering = Run();
        PlaygroundResult result = new(new("playground", PlaygroundEvaluation.Metrics, [], [], 1), new Dictionary<string, PlaygroundBenchmark>(), new Dictionary<string, IReadOnlyList<Outcome>>())
        {
            Steering = steering,
        };
        StringWriter text = new(), page = new();
        result.WriteText(text);
        new Report("t", "l", [.. SteeringReport.Sections(steering)], []).Write(page);
        Assert.Matches("reads, mask +[0-9.]+", text.ToString());
        Assert.Equal(3, text.ToString().Split("\n- ").Length - 1);
        Assert.Equal(5, Regex.Count(page.ToString(), "<svg "));
        Assert.DoesNotContain("NaN", page.ToString() + text, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(result.ToJson());
        JsonElement said = json.RootElement.GetProperty("steering");
        Assert.Equal(SteeringWords.Of(steering), said.GetProperty("words").EnumerateArray().Select(w => w.GetString()));
        Assert.Equal(steering.Steps.Select(s => s.Map.Mean), said.GetProperty("steps").EnumerateArray().Select(s =>
            s.GetProperty("map10").GetDouble()));
        Assert.Equal(steering.Steps.Select(s => s.Edit.Mean), said.GetProperty("steps").EnumerateArray().Select(s =>
            s.GetProperty("edit").GetProperty("map10").GetDouble()));
        Assert.Equal(steering.Readers[0].MaskGain.Low, said.GetProperty("maskGain").GetProperty("reads").GetProperty("low").GetDouble());
        JsonElement row = said.GetProperty("negative").EnumerateArray().First(r =>
            r.GetProperty("method").GetString() == "sum" && r.GetProperty("truth").GetString() == "not wanted");
        Assert.Equal(steering.Negative.Find("sum", "seen", "not wanted")!.Scores["p10"].Mean, row.GetProperty("p10").GetDouble());
        Assert.Equal(steering.Masked.Rows.Count, said.GetProperty("masked").GetArrayLength());
    }

    [Fact]
    public void The_rows_repeat()
    {
        string[] rows = [.. Enumerable.Range(0, 2).Select(_ => Run()).Select(r => (r.Negative with { Seconds = 0 }).ToJson() + (r.Masked with { Seconds = 0 }).ToJson() + r.Readers[0])];
        Assert.Equal(rows[0], rows[1]);
    }

    private SteeringResult Run() => SteeringEvaluation.Run(_clip,
        [new("reads", _reads) { Sampling = new() { Steps = 7, TextScale = 3.5f } }, new("sum", _sum),
            new("sum $ ,", _sum, Prompt: "$ , {caption}"), new("sum anchored", _sum, Sentence: new(Anchored: true))],
        Small, stop: TestContext.Current.CancellationToken)!;

    /// <summary>The picture itself, and a memory of what was asked.</summary>
    private sealed class ReadingComposer : Composer
    {
        public List<Composition> Asked { get; } = [];

        public override string Name => "reads";

        public override bool ReadsAvoided => true;

        public override float[] Compose(IReadOnlyList<Composition> queries)
        {
            Asked.AddRange(queries);
            return [.. queries.SelectMany(q => UnitVectors.Normalize(q.Pictures[0]))];
        }

        public override string Prompt(string? text, bool hasPicture) => text ?? "";
    }
}
