using Cirrus.Clip;
using Cirrus.Methods.LinCir;

namespace Cirrus.Playground;

/// <summary>LinCIR for the drawn world: options that suit its small CLIP, and captions.</summary>
public static class PlaygroundLinCir
{
    /// <summary>Captions that φ is trained on.</summary>
    public const int Captions = 20_000;

    /// <summary>A minute of training; more changes nothing. The noise follows the features, which have 128 dimensions here, not 768.</summary>
    public static LinCirOptions Options { get; } = new() { LearningRate = 1e-3, Batch = 256, Steps = 400, NoiseScale = 0, NoiseShare = 0.2f };

    /// <summary>Trains φ on captions of the world.</summary>
    /// <param name="report">called after every step.</param>
    /// <returns>The network; the caller disposes it.</returns>
    public static MappingNetwork Train(ClipModel clip, LinCirOptions options, Action<LinCirStep>? report = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return LinCirTrainer.Train(clip, [.. Playground.Captions.Training(options.Seed + 1_000_000, Captions)], options, report, stop: stop);
    }
}
