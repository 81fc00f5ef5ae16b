using Cirrus.Evaluation;
using Cirrus.Tensors;

namespace Cirrus.Tests.Evaluation;

public sealed class EvaluationResultTests
{
    private static readonly Metric[] Metrics = [Metric.MeanAveragePrecision(10), Metric.Recall(1)];

    // The schema in use: a change here is a change of the format and of its version.
    private const string Json = """
        {
          "version": 1,
          "benchmark": "b",
          "seconds": 2.5,
          "provenance": {
            "model": "tiny \"ä\""
          },
          "rows": [
            {
              "method": "m",
              "split": "seen",
              "truth": "concept",
              "family": "all",
              "queries": 3,
              "map10": 0.3333333333333333,
              "r1": 0.5,
              "trainSeconds": null,
              "spread": {
                "map10": 0.1,
                "r1": 0
              },
              "low": {
                "map10": 0.2,
                "r1": 0.25
              },
              "high": {
                "map10": 0.4,
                "r1": 0.75
              }
            }
          ]
        }

        """;

    [Fact]
    public void Json_has_full_precision_and_a_fixed_shape() =>
        Assert.Equal(Json.ReplaceLineEndings("\n"), Of([Row("m", "all", 1 / 3.0, null)]).ToJson());

    [Fact]
    public void The_table_has_methods_by_score_and_values_in_percent()
    {
        StringWriter text = new() { NewLine = "\n" };
        Of([Row("weak", "all", 0.1, 0), Row("weak", "two changes", 0.2, 0), Row("strong", "all", 0.5, 61.6),
            Row("strong", "two changes", 0.123456, 61.6),
            Row("strong", "two changes, contrast", 0.9, 61.6), Row("weak", "all, contrast", 0.05, 0)]).WriteText(text);
        Assert.Equal("""
            b · seen · concept · mAP@10 by family, in %
            method   all     ±   two  contrast   R@1  train
            strong  50.0  10.0  12.3            50.0   62 s
            weak    10.0  10.0  20.0       5.0  50.0      –


            """.ReplaceLineEndings("\n"), text.ToString());
    }

    [Fact]
    public void Of_one_seed_no_spread_is_printed()
    {
        ScoreRow row = Row("m", "all", 0.5, 0);
        StringWriter text = new() { NewLine = "\n" };
        Of([row with { Scores = row.Scores.ToDictionary(s => s.Key, s => s.Value with { Spread = 0 }) }]).WriteText(text);
        Assert.Contains("method   all   R@1  train\nm       50.0  50.0      –\n", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_are_written_into_new_folders_and_failures_are_explained()
    {
        using TempFolder folder = new();
        string path = Path.Combine(folder.Path, "a", "b.json");
        Of([Row("m", "all", 1 / 3.0, null)]).SaveJson(path);
        Assert.Equal(Json.ReplaceLineEndings("\n"), File.ReadAllText(path));
        Assert.Throws<CirrusException>(() => Of([]).SaveJson(Path.Combine(path, "below-a-file.json")));
    }

    [Fact]
    public void A_row_is_found_by_what_it_is() =>
        Assert.Equal(0.2, Of([Row("m", "all", 0.1, 0), Row("m", "size", 0.2, 0)]).Find("m", "seen", "concept", "size")!.Scores["map10"].Mean);

    private static EvaluationResult Of(ScoreRow[] rows) => new("b", Metrics, rows, [new("model", "tiny \"ä\"")], 2.5);

    private static ScoreRow Row(string method, string family, double mean, double? seconds) => new(method, "seen", "concept", family, 3,
        new Dictionary<string, Score> { ["map10"] = new(mean, 0.1, 0.2, 0.4), ["r1"] = new(0.5, 0, 0.25, 0.75) }, seconds);
}
