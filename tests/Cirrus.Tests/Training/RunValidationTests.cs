using System.Text.Json;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Tests.Training;

public sealed class RunValidationTests : IDisposable
{
    private static readonly Dictionary<string, string> Inputs = new() { ["model"] = "abc" };
    private readonly TempFolder _folder = new();
    private readonly List<string> _said = [];

    public void Dispose() => _folder.Dispose();

    // Step 50 is looked at because large CLIPs are at their best early; the loss on what is held out does not choose then.
    [Fact]
    public void The_network_with_the_highest_score_is_kept_beside_the_last()
    {
        List<int> measured = [];
        Train("run", new(20, (network, _) =>
        {
            measured.Add(StepIn(network));
            return [new("R@1", -Math.Abs(measured[^1] - 50)), new("R@5", 0.5)];
        }));
        Assert.Equal([20, 40, 50, 60, 70], measured);
        Assert.Equal((50, 70), (StepIn(At("run", "best.safetensors")), StepIn(At("run", "result.safetensors"))));
        Assert.Equal([(20, -30.0), (40, -10.0), (50, 0.0), (60, -10.0), (70, -20.0)], Scores("run"));
        Assert.Equal([true, true, true, false, false], _said.Select(s => s.EndsWith("(the best so far)", StringComparison.Ordinal)));
        Assert.Contains("step 50: R@1 0.00, R@5 50.00", _said[2], StringComparison.Ordinal);
        Assert.Equal(3, RunFolder.ReadLog(_folder.At("run")).Count(l => l.ValidationLoss is not null));
        Assert.False(File.Exists(At("run", "best.safetensors.tmp")));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(70)]
    public void A_measurement_that_was_stopped_is_made_when_the_run_resumes(int stopped)
    {
        Train("whole", new(20, (network, _) => [new("R@1", Math.Sin(StepIn(network)))]));
        using (CancellationTokenSource stop = new())
            Assert.False(Train("halves", new(20, (network, token) =>
            {
                if (StepIn(network) == stopped)
                    stop.Cancel();
                token.ThrowIfCancellationRequested();
                return [new("R@1", Math.Sin(StepIn(network)))];
            }), stop: stop));
        Assert.DoesNotContain(Scores("halves"), s => s.Step == stopped);
        Assert.True(Train("halves", new(20, (network, _) => [new("R@1", Math.Sin(StepIn(network)))]), resume: true));
        Assert.Equal(Scores("whole"), Scores("halves"));
        Assert.Equal(StepIn(At("whole", "best.safetensors")), StepIn(At("halves", "best.safetensors")));
    }

    [Fact]
    public void A_worse_network_after_a_resume_is_not_taken_for_the_best()
    {
        RunValidation falling = new(10, (network, _) => [new("R@1", -StepIn(network))]);
        using (CancellationTokenSource stop = new())
            Train("run", falling, stop: stop, report: done => { if (done.Step == 35) stop.Cancel(); });
        Train("run", falling, resume: true);
        Assert.Equal(10, StepIn(At("run", "best.safetensors")));
        Assert.Equal([10, 20, 30, 40, 50, 60, 70], Scores("run").Select(s => s.Step));
    }

    [Fact]
    public void Nothing_is_measured_before_the_network_learns()
    {
        List<int> measured = [];
        Train("run", new(20, (network, _) =>
        {
            measured.Add(StepIn(network));
            return [new("R@1", 1)];
        }), learnsAfter: 45);
        Assert.Equal([50, 60, 70], measured);
    }

    private bool Train(string name, RunValidation validation, bool resume = false, CancellationTokenSource? stop = null,
        Action<TrainingStep>? report = null, int learnsAfter = 0)
    {
        Counting trainer = new(learnsAfter);
        using JsonDocument options = JsonDocument.Parse("{}");
        using TrainingRun run = resume
            ? TrainingRun.Resume(_folder.At(name), "counting", Inputs, trainer, "result.safetensors")
            : TrainingRun.Start(_folder.At(name), "counting", options.RootElement, Inputs, trainer, "result.safetensors");
        run.Validation = validation;
        return run.Train(report, stop?.Token ?? TestContext.Current.CancellationToken, _said.Add);
    }

    private (int Step, double Score)[] Scores(string name) =>
        [.. RunFolder.ReadLog(_folder.At(name)).Where(l => l.Validation is not null).Select(l => (l.Step, l.Validation!["R@1"]))];

    private string At(string run, string file) => Path.Combine(_folder.At(run), file);

    private static int StepIn(string network)
    {
        using TensorFile file = TensorFile.Open(network);
        float[] step = new float[1];
        file.Read("step", step);
        return (int)step[0];
    }

    /// <summary>Its network is the number of steps done; its loss on what is held out falls with every step.</summary>
    private sealed class Counting(int learnsAfter) : Trainer
    {
        private readonly float[] _network = new float[1];

        public override int Steps => 70;

        public override int CheckpointEvery => 30;

        public override string Summary => "counts";

        public override bool IsLearning => Step > learnsAfter;

        public override TrainingStep Next()
        {
            _network[0] = ++Step;
            return new(Step, 1, 1, 1, 1);
        }

        public override float? ValidationLoss() => 1f / Step;

        public override void Save(string path) => Safetensors.Write(path, [new("step", StoredType.F32, [1], () => _network)], Facts());

        public override Dictionary<string, string> Facts() => new() { ["step"] = $"{Step}" };

        internal override IEnumerable<NamedValues> State() => [NamedValues.From("network", _network)];

        internal override void Resumed(int step, IReadOnlyDictionary<string, string> facts) => Step = step;
    }
}
