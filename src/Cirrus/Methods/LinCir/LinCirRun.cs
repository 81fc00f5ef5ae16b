using System.Globalization;
using System.Text.Json;
using Cirrus.Clip;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods.LinCir;

/// <summary>A LinCIR training in a run folder: log, checkpoints, resume.</summary>
public sealed class LinCirRun : IDisposable
{
    private readonly RunFolder _folder;
    private readonly List<float> _losses = [];
    private float _best = float.PositiveInfinity;

    private LinCirRun(RunFolder folder, LinCirTrainer trainer) => (_folder, Trainer) = (folder, trainer);

    public LinCirTrainer Trainer { get; }

    /// <summary>Losses of all steps of the run, from its beginning.</summary>
    public IReadOnlyList<float> Losses => _losses;

    /// <summary>Starts a run in a new folder.</summary>
    public static LinCirRun Start(string path, ClipModel clip, IReadOnlyList<string> captions, LinCirOptions options,
        Func<string, IReadOnlyList<string>>? keywords = null)
    {
        JsonElement json = JsonSerializer.SerializeToElement(options.Check(), LinCirJson.Default.LinCirOptions);
        LinCirTrainer trainer = new(clip, captions, options, keywords);
        return new(RunFolder.Create(path, "lincir", json, Inputs(clip, captions)), trainer);
    }

    /// <summary>Goes on with a run from its last checkpoint, to the same numbers to the bit.</summary>
    /// <exception cref="CirrusException">It is no run of LinCIR, or was started with another model or other captions.</exception>
    public static LinCirRun Resume(string path, ClipModel clip, IReadOnlyList<string> captions, Func<string, IReadOnlyList<string>>? keywords = null)
    {
        RunFolder folder = RunFolder.Resume(path, "lincir", Inputs(clip, captions));
        LinCirRun run = new(folder, new(clip, captions, Options(path), keywords));
        if (File.Exists(folder.At(RunFolder.Last)))
            run.Restore();
        return run;
    }

    /// <summary>The options a run was started with.</summary>
    public static LinCirOptions Options(string path) => RunFolder.ReadInfo(path).Options.Deserialize(LinCirJson.Default.LinCirOptions)
        ?? throw new CirrusException($"run.json of '{path}' has no options.", hint: "start a new run");

    /// <summary>Trains to the last step, or until asked to stop; a checkpoint is written either way.</summary>
    /// <returns>true when the run is finished.</returns>
    public bool Train(Action<LinCirStep>? report, CancellationToken stop)
    {
        LinCirOptions options = Trainer.Options;
        while (Trainer.Step < options.Steps && !stop.IsCancellationRequested)
        {
            LinCirStep done = Trainer.Next();
            _losses.Add(done.Loss);
            _folder.Log(new(done.Step, done.Loss, done.LearningRate, Math.Round(done.Captions / done.Seconds, 2)));
            report?.Invoke(done);
            if (done.Step % options.CheckpointEvery == 0 || done.Step == options.Steps)
                Validate();
            if (done.Step % options.CheckpointEvery == 0 && done.Step < options.Steps)
                Checkpoint();
        }
        Checkpoint();
        if (Trainer.Step < options.Steps)
            return false;
        Write(MappingNetworkFile.InRun);
        return true;
    }

    public void Dispose()
    {
        Trainer.Dispose();
        _folder.Dispose();
    }

    private static Dictionary<string, string> Inputs(ClipModel clip, IReadOnlyList<string> captions) => new()
    {
        ["model"] = clip.Fingerprint,
        ["captions"] = CaptionCorpus.Fingerprint(captions),
    };

    private void Validate()
    {
        if (Trainer.Options.Holdout == 0)
            return;
        float loss = Trainer.ValidationLoss();
        _folder.Log(new(Trainer.Step, ValidationLoss: loss));
        if (loss >= _best)
            return;
        _best = loss;
        Write(RunFolder.Best);
    }

    private void Write(string name)
    {
        using MappingNetwork phi = Trainer.Result();
        MappingNetworkFile.Save(phi, _folder.At(name));
    }

    private void Checkpoint()
    {
        Dictionary<string, string> facts = Trainer.Provenance();
        facts["best"] = _best.ToString("R", CultureInfo.InvariantCulture);
        StateFile.Save(_folder.At(RunFolder.Last), Trainer.State(), facts);
    }

    private void Restore()
    {
        IReadOnlyDictionary<string, string> facts = StateFile.Load(_folder.At(RunFolder.Last), Trainer.State());
        Trainer.Resumed(int.Parse(facts["step"], CultureInfo.InvariantCulture), float.Parse(facts["noise_scale"], CultureInfo.InvariantCulture));
        _best = float.Parse(facts["best"], CultureInfo.InvariantCulture);
        _losses.AddRange(_folder.RewindLog(Trainer.Step).Where(l => l.Loss is not null).Select(l => l.Loss!.Value));
    }
}
