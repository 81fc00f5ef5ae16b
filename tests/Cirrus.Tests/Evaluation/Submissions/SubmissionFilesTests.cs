using System.Text.Json;
using Cirrus.Cli;
using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Evaluation.Submissions;
using Cirrus.Tensors;
using Cirrus.Tests.Evaluation.Rankings;

namespace Cirrus.Tests.Evaluation.Submissions;

public sealed class SubmissionFilesTests
{
    [Theory]
    [InlineData("cirr/demo_files/test1_pred_ranks_recall.json", "CIRR test1, recall", true)]
    [InlineData("cirr/demo_files/test1_pred_ranks_recall_subset.json", "CIRR test1, recall_subset", true)]
    [InlineData("circo/submission_examples/submission_test.json", "CIRCO test", false)]
    [InlineData("circo/submission_examples/submission_val.json", "CIRCO val", false)]
    public void The_authors_examples_are_valid(string file, string title, bool data)
    {
        string path = Shared.Need($"data/benchmarks/{file}"), folder = Shared.Need("data/benchmarks");
        SubmissionCheck check = SubmissionFiles.Check(path, SubmissionFormat.All, data ? f =>
            BenchmarkSource.Find(f.Benchmark).Open(new(folder, f.Split)) : null);
        Assert.Equal((title, 0), (check.Format!.Title, check.ProblemCount));
        Assert.NotEmpty(check.Checked);
    }

    [Fact]
    public async Task Files_of_the_real_test_split_are_small_and_pass_the_check()
    {
        string data = Shared.Need("data/benchmarks");
        using TempFolder folder = new();
        StringWriter error = new();
        Assert.Equal(ExitCode.Done, await Verbs.Invoke(["eval", "cirr", "--split", "test1", "--data", data,
            "--synthetic-features", "1", "--submission", folder.At("out")], TextWriter.Null, error));
        foreach ((string metric, int names) in new[] { ("recall", 50), ("recall_subset", 3) })
        {
            string path = folder.At($"out/cirr-test1-{metric}-synthetic.json");
            Assert.Contains(path, error.ToString(), StringComparison.Ordinal);
            Assert.InRange(new FileInfo(path).Length, 1, 5_000_000);
            using JsonDocument json = JsonDocument.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
            Assert.Equal(4150, json.RootElement.EnumerateObject().Count());
            Assert.Equal(("rc2", metric), (json.RootElement.GetProperty("version").GetString(), json.RootElement.GetProperty("metric").GetString()));
            Assert.All(json.RootElement.EnumerateObject().Skip(2), q => Assert.Equal(names, q.Value.GetArrayLength()));
            StringWriter report = new();
            Assert.Equal(ExitCode.Done, await Verbs.Invoke(["eval", "--validate", path, "--data", data], report, TextWriter.Null));
            Assert.EndsWith("valid\n", report.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void One_set_a_method_best_first_without_the_reference()
    {
        using SmallCirr cirr = new(pairs: 2, split: "test1");
        BenchmarkData data = BenchmarkSource.Find("cirr").Open(new(cirr.Data, "test1"));
        int[][] ranked = [[9, 8, 7, 6, 5, 4, 3, 2, 1, 0], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]];
        Outcome one = Outcome.OfRankings(data.Benchmark, "lincir, anchored", ranked);
        IReadOnlyList<string> files = SubmissionFiles.Write(cirr.At("out"), data, [one, one with { Method = "lincir/ anchored" }]);
        Assert.Equal(["cirr-test1-recall-lincir--anchored.json", "cirr-test1-recall_subset-lincir--anchored.json",
            "cirr-test1-recall-lincir--anchored-2.json", "cirr-test1-recall_subset-lincir--anchored-2.json"],
                files.Select(f => Path.GetFileName(f)!));
        Assert.Equal(
            """{"version":"rc2","metric":"recall","100":["test1-9","test1-8","test1-7","test1-6","test1-5","test1-4","test1-3","test1-2","test1-1"],"101":["test1-0","test1-2","test1-3","test1-4","test1-5","test1-6","test1-7","test1-8","test1-9"]}""",
            File.ReadAllText(files[0]));
        Assert.Equal(
            """{"version":"rc2","metric":"recall_subset","100":["test1-5","test1-4","test1-3"],"101":["test1-2","test1-3","test1-4"]}""",
                File.ReadAllText(files[1]));

        CirrusException e = Assert.Throws<CirrusException>(() =>
            SubmissionFiles.Write(cirr.At("lost"), data, [Outcome.OfRankings(data.Benchmark, "lost", [[], ranked[1]])]));
        Assert.Contains("query '100': 0 names instead of 9", e.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(cirr.At("lost")));
    }

    [Theory]
    [InlineData("""{"version":"rc2","metric":"recall_subset","100":["test1-1","test1-2","test1-3"],"101":["test1-2","test1-3","test1-4"]}""")]
    [InlineData("""{"version":"rc3","metric":"recall_subset","100":["test1-1","test1-2","test1-3"],"101":["test1-2","test1-3","test1-4"]}""", "'version' is 'rc3'; the server wants \"rc2\"")]
    [InlineData("""{"metric":"recall_subset","100":["test1-1","test1-2","test1-3"],"101":["test1-2","test1-3","test1-4"]}""", "'version' is missing")]
    [InlineData("""{"version":"rc2","100":["test1-1","test1-2","test1-3"],"101":["test1-2","test1-3","test1-4"]}""", "'metric' is missing; the server wants \"recall_subset\"")]
    [InlineData("""{"version":"rc2","metric":"recall_subset","100":["test1-1","test1-2","test1-3"]}""", "query '101' is missing")]
    [InlineData("""{"version":"rc2","metric":"recall_subset","100":["test1-1","test1-2","test1-3"],"101":["test1-2","test1-3","test1-4"],"102":[]}""", "query '102': no pair of test1", "query '102': 0 names")]
    [InlineData("""{"version":"rc2","metric":"recall_subset","100":["test1-0","test1-2","test1-3"],"101":["test1-2","test1-3","test1-4"]}""", "query '100': 'test1-0' is the reference itself")]
    [InlineData("""{"version":"rc2","metric":"recall_subset","100":["test1-9","test1-2","test1-3"],"101":["test1-2","test1-3","test1-4"]}""", "query '100': 'test1-9' is not of the query's group")]
    [InlineData("""{"version":"rc2","metric":"recall_subset","100":["test1-77","test1-2","test1-3"],"101":["test1-2","test1-3","test1-4"]}""", "query '100': 'test1-77' is no picture of test1")]
    [InlineData("""{"version":"rc2","metric":"recall_subset","100":["test1-1","test1-1","test1-3"],"101":["test1-2","test1-3","test1-4"]}""", "query '100': 'test1-1' is there twice")]
    [InlineData("""{"version":"rc2","metric":"recall_subset","100":["./test1/test1-1.png","test1-2","test1-3"],"101":["test1-2","test1-3"]}""", "'./test1/test1-1.png' is not a bare name; without folder and extension: 'test1-1'", "query '101': 2 names instead of 3")]
    [InlineData("""{"version":"rc2","metric":"recall_subset","100":[1,null,["x"]],"101":null}""", "query '101' is missing", "'101': null instead", "the number 1 instead of a name", "null instead of a name", "a list instead of a name")]
    [InlineData("""{"version":"rc2","metric":"recall_subset","100":["test1-1","test1-2","test1-3"],"100":["test1-1","test1-2","test1-3"],"101":["test1-2","test1-3","test1-4"]}""", "'100' is there more than once")]
    public void CIRR_files_are_checked_to_the_last_name(string json, params string[] problems)
    {
        using SmallCirr cirr = new(pairs: 2, split: "test1");
        SubmissionCheck check = SubmissionFiles.Check(cirr.Write("file.json", json), SubmissionFormat.All, f =>
            BenchmarkSource.Find(f.Benchmark).Open(new(cirr.Data, f.Split)));
        Problems(problems, check);
    }

    [Theory, InlineData(5_000_000, true), InlineData(5_000_001, false)]
    public void A_CIRR_file_has_at_most_five_megabytes(int bytes, bool valid)
    {
        using SmallCirr cirr = new(pairs: 2, split: "test1");
        const string Small =
            """{"version":"rc2","metric":"recall_subset","100":["test1-1","test1-2","test1-3"],"101":["test1-2","test1-3","test1-4"]}""";
        SubmissionCheck check = SubmissionFiles.Check(cirr.Write("file.json", Small.PadRight(bytes)), SubmissionFormat.All, f =>
            BenchmarkSource.Find(f.Benchmark).Open(new(cirr.Data, f.Split)));
        Problems(valid ? [] : ["the server takes 5 MB"], check);
    }

    [Theory]
    [InlineData("0", "[1, 2, 3]")]
    [InlineData("0", "[\"1\", \"2\"]")]
    [InlineData("0", "[7, 8, 7]", "query '0': 7 is there twice; the server rejects the file")]
    [InlineData("0", "[7, \"7\"]", "query '0': 7 is there twice")]
    [InlineData("0", "[\"000000000007\"]", "query '0': '000000000007' has leading zeros")]
    [InlineData("0", "[\"7.jpg\"]", "query '0': '7.jpg' instead of a picture's number")]
    [InlineData("0", "[-7]", "query '0': '-7' instead of a picture's number")]
    [InlineData("0", "[7.0]", "query '0': the number 7.0 instead of a picture's number")]
    [InlineData("0", "[]", "query '0': 0 ids instead of 1 to 50")]
    [InlineData("0", "null", "query '0' is missing", "query '0': null instead of a list of ids")]
    [InlineData("220", "[1]", "query '0' is missing", "query '220': queries are 0 to 219")]
    [InlineData("00", "[1]", "query '0' is missing", "query '00': queries are 0 to 219")]
    [InlineData("1", "[1]", "query '1' is there more than once", "query '0' is missing")]
    public void CIRCO_files_are_checked_without_data(string first, string list, params string[] problems)
    {
        using TempFolder folder = new();
        File.WriteAllText(folder.At("file.json"),
            $"{{\"{first}\": {list}, {string.Join(", ", Enumerable.Range(1, 219).Select(q => $"\"{q}\": [5, 6]"))}}}");
        SubmissionCheck check = SubmissionFiles.Check(folder.At("file.json"), SubmissionFormat.All, null);
        Assert.Equal("CIRCO val", check.Format!.Title);
        Problems(problems, check);
    }

    [Fact]
    public async Task Problems_are_told_up_to_twenty_and_counted()
    {
        using TempFolder folder = new();
        await File.WriteAllTextAsync(folder.At("file.json"), $"{{\"0\": [{string.Join(", ", Enumerable.Range(0, 51))}]}}",
            TestContext.Current.CancellationToken);
        StringWriter report = new();
        Assert.Equal(ExitCode.UserError, await Verbs.Invoke(["eval", "--validate", folder.At("file.json")], report, TextWriter.Null));
        Assert.Equal(SubmissionCheck.Told, report.ToString().Split("problem: ").Length - 1);
        Assert.Contains("... and 200 more", report.ToString(), StringComparison.Ordinal);
        Assert.Contains("not valid: 220 problems", report.ToString(), StringComparison.Ordinal);
        await File.WriteAllTextAsync(folder.At("file.json"), "{}", TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.UserError, await Verbs.Invoke(["eval", "--validate", folder.At("file.json")], report, TextWriter.Null));
        await Assert.ThrowsAsync<CirrusException>(() =>
            Verbs.Invoke(["eval", "--validate", folder.At("absent.json")], TextWriter.Null, TextWriter.Null));
        Assert.Equal(ExitCode.Usage, await Verbs.Invoke(["eval"], TextWriter.Null, TextWriter.Null));
    }

    [Fact]
    public async Task Splits_without_a_server_are_told_before_anything_is_computed()
    {
        using SmallCirr cirr = new();
        CirrusException e = await Assert.ThrowsAsync<CirrusException>(() =>
            Verbs.Invoke(["eval", "cirr", "--data", cirr.Data, "--synthetic-features", "1", "--submission", cirr.At("out")],
                TextWriter.Null, TextWriter.Null));
        Assert.Contains("no submission files for cirr val", e.Message, StringComparison.Ordinal);
    }

    private static void Problems(string[] wanted, SubmissionCheck check)
    {
        Assert.Equal((wanted.Length, wanted.Length == 0), ((int)check.ProblemCount, check.Valid));
        foreach (string problem in wanted)
            Assert.Contains(check.Problems, p => p.Contains(problem, StringComparison.Ordinal));
    }
}
