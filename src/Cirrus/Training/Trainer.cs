namespace Cirrus.Training;

/// <summary>What one step of training did.</summary>
/// <param name="Step">steps done, this one included.</param>
/// <param name="Samples">captions, pictures or triplets of the batch.</param>
/// <param name="Tokens">rows that went through the text tower; 0 where nobody counts them.</param>
public sealed record TrainingStep(int Step, float Loss, double LearningRate, int Samples, double Seconds, int Tokens = 0);

/// <summary>A network in training, one step after the other; <see cref="TrainingRun"/> keeps it in a folder.</summary>
/// <remarks>
/// Everything random depends on (seed, step) alone, so that a trainer whose <see cref="State"/> is put back goes on to the same
/// numbers to the bit. Not thread-safe.
/// </remarks>
public abstract class Trainer : IDisposable
{
    /// <summary>Steps done.</summary>
    public int Step { get; protected set; }

    /// <summary>Steps of the whole training.</summary>
    public abstract int Steps { get; }

    /// <summary>Steps between checkpoints.</summary>
    public abstract int CheckpointEvery { get; }

    /// <summary>False while only that is made which the network will learn from: there is nothing to measure yet.</summary>
    public virtual bool IsLearning => true;

    /// <summary>One line for people: what is trained, on how much.</summary>
    public abstract string Summary { get; }

    /// <summary>Computes what all steps need, once before the run's first or next step.</summary>
    /// <param name="folder">the run's: what is dear may be kept there and found again.</param>
    /// <param name="say">told what a person should know, also during the steps.</param>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    internal virtual void Prepare(string folder, Action<string>? say, CancellationToken stop)
    {
    }

    /// <summary>One step of training.</summary>
    public abstract TrainingStep Next();

    /// <summary>Loss on what is held out; null when nothing is.</summary>
    public virtual float? ValidationLoss() => null;

    /// <summary>
    /// Writes the network as it is now: a name ending in .pt in the published layout, anything else as safetensors with
    /// <see cref="Facts"/>.
    /// </summary>
    public abstract void Save(string path);

    /// <summary>Options and facts of the run that travel with its weights; "step" is among them.</summary>
    public abstract Dictionary<string, string> Facts();

    /// <summary>Everything that a resumed run needs: weights, moments, averages.</summary>
    internal abstract IEnumerable<NamedValues> State();

    /// <summary>Says that <see cref="State"/> has been filled with the state after so many steps.</summary>
    /// <param name="facts">what <see cref="Facts"/> was then.</param>
    internal abstract void Resumed(int step, IReadOnlyDictionary<string, string> facts);

    public virtual void Dispose() => GC.SuppressFinalize(this);
}
