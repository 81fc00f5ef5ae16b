using System.Text.Json;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Tests.Training;

public sealed class RunFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cirrus").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_run_is_created_once_and_resumed_only_with_the_same_inputs()
    {
        Create(("model", "abc")).Dispose();
        Assert.Contains("--resume", Assert.Throws<CirrusException>(() => Create(("model", "abc"))).Hint, StringComparison.Ordinal);
        Assert.Throws<CirrusException>(() => RunFolder.Resume(_folder, "lincir", new Dictionary<string, string> { ["model"] = "other" }));
        Assert.Throws<CirrusException>(() => RunFolder.Resume(_folder, "searle", new Dictionary<string, string> { ["model"] = "abc" }));
        using RunFolder run = RunFolder.Resume(_folder, "lincir", new Dictionary<string, string> { ["model"] = "abc" });
        Assert.Equal(5, run.Info.Options.GetProperty("batch").GetInt32());
    }

    [Fact]
    public void Two_processes_do_not_train_in_one_folder()
    {
        using RunFolder run = Create();
        Assert.Throws<CirrusException>(() => RunFolder.Resume(_folder, "lincir", new Dictionary<string, string>()));
    }

    [Fact]
    public void Rewinding_drops_later_steps_and_a_line_cut_off()
    {
        using RunFolder run = Create();
        for (int step = 1; step <= 4; step++)
            run.Log(new(step, Loss: step / 2f));
        run.ReadLog();
        File.AppendAllText(run.At("log.jsonl"), "{\"step\":5,\"lo");
        Assert.Equal([0.5f, 1f, 1.5f], run.RewindLog(3).Select(l => l.Loss!.Value));
        run.Log(new(4, Loss: float.NaN));
        Assert.Equal([1, 2, 3, 4], run.ReadLog().Select(l => l.Step));
    }

    [Fact]
    public void A_log_can_be_read_while_its_run_goes_on()
    {
        Assert.Empty(RunFolder.ReadLog(_folder));
        using RunFolder run = Create();
        run.Log(new(1, Loss: 0.5f));
        Assert.Equal(0.5f, Assert.Single(RunFolder.ReadLog(_folder)).Loss);
        run.Log(new(2, Loss: 0.25f));
        Assert.Equal(2, RunFolder.ReadLog(_folder).Count);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{\"version\":2,\"method\":\"lincir\",\"inputs\":{}}")]
    [InlineData("null")]
    public void A_damaged_run_is_told(string json)
    {
        File.WriteAllText(Path.Combine(_folder, "run.json"), json);
        Assert.Throws<CirrusException>(() => RunFolder.ReadInfo(_folder));
    }

    private RunFolder Create(params (string Name, string Value)[] inputs) =>
        RunFolder.Create(_folder, "lincir", JsonDocument.Parse("{\"batch\":5}").RootElement, inputs.ToDictionary(i => i.Name, i => i.Value));
}
