using System.Diagnostics;
using Cirrus.Clip;
using Cirrus.Methods.LinCir;
using Cirrus.Training;

namespace Cirrus.Playground;

/// <summary>LinCIR for the drawn world: options that suit its small CLIP, and captions.</summary>
public static class PlaygroundLinCir
{
    /// <summary>Captions that φ is trained on.</summary>
    public const int Captions = 20_000;

    /// <summary>
    /// A minute of training on two cores. The noise follows the features, which have 128 dimensions here, not 768;
    /// docs/log.md has other choices.
    /// </summary>
    public static LinCirOptions Options { get; } = OptionText.Apply(new LinCirOptions(), LinCirTrainer.Miniature, LinCirJson.Default.LinCirOptions);

    /// <summary>Trains φ on captions of the world.</summary>
    /// <param name="report">called after every step.</param>
    /// <param name="limit">training ends after so long, with however many steps are done; null: after the options' steps.</param>
    /// <returns>The network; the caller disposes it.</returns>
    /// <exception cref="OperationCanceledException">Asked to stop; thrown between two steps.</exception>
    public static MappingNetwork Train(ClipModel clip, LinCirOptions options, Action<TrainingStep>? report = null,
        TimeSpan? limit = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        long began = Stopwatch.GetTimestamp();
        using LinCirTrainer trainer = new(clip, PlaygroundData.Captions(Captions), options);
        while (trainer.Step < options.Steps && !(Stopwatch.GetElapsedTime(began) > limit))
        {
            stop.ThrowIfCancellationRequested();
            TrainingStep done = trainer.Next();
            report?.Invoke(done);
        }
        return trainer.Result();
    }
}
