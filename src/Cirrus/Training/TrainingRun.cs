using System.Globalization;
using System.Text.Json;
using Cirrus.Tensors;

namespace Cirrus.Training;

/// <summary>A training in a run folder: log, checkpoints, resume.</summary>
public sealed class TrainingRun : IDisposable
{
    private readonly RunFolder _folder;
    private readonly string _result;
    private readonly List<float> _losses = [];
    private float _best = float.PositiveInfinity;
    private double _bestScore = double.NegativeInfinity;
    private int _measured;

    private TrainingRun(RunFolder folder, Trainer trainer, string result) => (_folder, Trainer, _result) = (folder, trainer, result);

    /// <summary>Disposed with the run.</summary>
    public Trainer Trainer { get; }

    /// <summary>What the best network is chosen by; null: the loss on what is held out, where something is.</summary>
    public RunValidation? Validation { get; set; }

    /// <summary>Losses of all steps of the run, from its beginning.</summary>
    public IReadOnlyList<float> Losses => _losses;

    /// <summary>Starts a run in a new folder.</summary>
    /// <param name="inputs">names and fingerprints of model and data.</param>
    /// <param name="result">the name of the finished network's file.</param>
    /// <exception cref="CirrusException">There is a run already; the trainer is the caller's then.</exception>
    public static TrainingRun Start(string path, string method, JsonElement options, IReadOnlyDictionary<string, string> inputs,
        Trainer trainer, string result) =>
        new(RunFolder.Create(path, method, options, inputs), trainer, result);

    /// <summary>Goes on with a run from its last checkpoint, to the same numbers to the bit.</summary>
    /// <param name="trainer">made anew with the options of the run.</param>
    /// <exception cref="CirrusException">It is no run of this method, or was started with another model or other data.</exception>
    public static TrainingRun Resume(string path, string method, IReadOnlyDictionary<string, string> inputs, Trainer trainer, string result)
    {
        TrainingRun run = new(RunFolder.Resume(path, method, inputs), trainer, result);
        if (File.Exists(run._folder.At(RunFolder.Last)))
            run.Restore();
        return run;
    }

    /// <summary>Trains to the last step, or until asked to stop; a checkpoint is written either way.</summary>
    /// <param name="report">called after every step.</param>
    /// <param name="say">told what a person should know: of samples left out, of long preparations.</param>
    /// <returns>true when the run is finished.</returns>
    public bool Train(Action<TrainingStep>? report, CancellationToken stop, Action<string>? say = null)
    {
        try
        {
            Trainer.Prepare(_folder.Path, say, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return false;
        }
        bool measured = Measure(say, stop);                            // what the run was stopped in
        while (Trainer.Step < Trainer.Steps && !stop.IsCancellationRequested)
        {
            TrainingStep done = Trainer.Next();
            _losses.Add(done.Loss);
            _folder.Log(new(done.Step, done.Loss, done.LearningRate, Math.Round(done.Samples / done.Seconds, 2)));
            report?.Invoke(done);
            if (done.Step % Trainer.CheckpointEvery == 0 || done.Step == Trainer.Steps)
                ValidateLoss();
            measured = Measure(say, stop);
            if (done.Step % Trainer.CheckpointEvery == 0 && done.Step < Trainer.Steps)
                Checkpoint();
        }
        Checkpoint();
        if (Trainer.Step < Trainer.Steps || !measured)
            return false;
        Trainer.Save(_folder.At(_result));
        return true;
    }

    public void Dispose()
    {
        Trainer.Dispose();
        _folder.Dispose();
    }

    /// <summary>Measures the network where that is due; false when asked to stop meanwhile: a resumed run does it then.</summary>
    private bool Measure(Action<string>? say, CancellationToken stop)
    {
        int step = Trainer.Step;
        if (Validation is not { } validation || _measured == step || !Trainer.IsLearning || !validation.IsDue(step, Trainer.Steps))
            return true;
        string network = _folder.At(RunFolder.Best + ".tmp");
        Trainer.Save(network);
        IReadOnlyList<KeyValuePair<string, double>> scores;
        try
        {
            scores = validation.Measure(network, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            File.Delete(network);
            return false;
        }
        bool best = scores[0].Value > _bestScore;
        _folder.Log(new(step, Validation: new Dictionary<string, double>(scores)));
        say?.Invoke(string.Create(CultureInfo.InvariantCulture, $"step {step:N0}: ")
            + string.Join(", ", scores.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Key} {100 * s.Value:0.00}")))
            + (best ? " (the best so far)" : ""));
        if (best)
            File.Move(network, _folder.At(RunFolder.Best), overwrite: true);
        else
            File.Delete(network);
        (_bestScore, _measured) = (best ? scores[0].Value : _bestScore, step);
        return true;
    }

    private void ValidateLoss()
    {
        if (Trainer.ValidationLoss() is not float loss)
            return;
        _folder.Log(new(Trainer.Step, ValidationLoss: loss));
        if (Validation is not null || loss >= _best)
            return;
        _best = loss;
        Trainer.Save(_folder.At(RunFolder.Best));
    }

    private void Checkpoint()
    {
        Dictionary<string, string> facts = Trainer.Facts();
        facts["best"] = _best.ToString("R", CultureInfo.InvariantCulture);
        if (Validation is not null)
            (facts["best_score"], facts["measured"]) = (_bestScore.ToString("R", CultureInfo.InvariantCulture), $"{_measured}");
        StateFile.Save(_folder.At(RunFolder.Last), Trainer.State(), facts);
    }

    private void Restore()
    {
        IReadOnlyDictionary<string, string> facts = StateFile.Load(_folder.At(RunFolder.Last), Trainer.State());
        Trainer.Resumed(int.Parse(facts["step"], CultureInfo.InvariantCulture), facts);
        _best = float.Parse(facts["best"], CultureInfo.InvariantCulture);
        _bestScore = double.Parse(facts.GetValueOrDefault("best_score", "-Infinity"), CultureInfo.InvariantCulture);
        _measured = int.Parse(facts.GetValueOrDefault("measured", "0"), CultureInfo.InvariantCulture);
        _losses.AddRange(_folder.RewindLog(Trainer.Step).Where(l => l.Loss is not null).Select(l => l.Loss!.Value));
    }
}
