using System.Text.Json.Serialization;
using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Playground;

/// <summary>Every number of the small CLIP's training.</summary>
public sealed record ClipTrainingOptions
{
    public int Batch { get; init; } = 128;

    /// <summary>Steps of the run; with <see cref="Minutes"/> above 0, at most so many.</summary>
    public int Steps { get; init; } = 20_000;

    /// <summary>Above 0: the cosine follows the clock and ends then. Such a run does not repeat to the bit.</summary>
    public double Minutes { get; init; }

    public double LearningRate { get; init; } = 1e-3;

    public int Warmup { get; init; } = 100;

    /// <summary>Weight decay of matrices; norms, biases and embeddings have none.</summary>
    public float Decay { get; init; } = 0.1f;

    public float ClipNorm { get; init; } = 1;

    /// <summary>exp(logit_scale), the same from the first step to the last: where every released CLIP ends.</summary>
    public float LogitScale { get; init; } = 100;

    /// <summary>Share of the batch drawn in groups of sixteen scenes, one of each kind, with the same surroundings and colour.</summary>
    public float Hard { get; init; } = 0.6f;

    /// <summary>Share of these groups in which fill and size are the same too.</summary>
    public float KindAlone { get; init; } = 0.3f;

    /// <summary>Share of the groups, once they are no longer plain, that show one scene in every fill and style.</summary>
    public float Looks { get; init; } = 0.35f;

    /// <summary>Share of the run over which the groups go from plain (large, solid, upright, cartoon, on white) to all kinds of scenes.</summary>
    public float PlainUntil { get; init; } = 0.5f;

    /// <summary>Share of captions that name everything.</summary>
    public float Everything { get; init; } = 0.7f;

    /// <summary>Layers of each tower.</summary>
    public int Layers { get; init; } = 4;

    /// <summary>Width of both towers and of the joint space; a multiple of 32, the size of a head.</summary>
    public int Width { get; init; } = 128;

    /// <summary>Captions from which the vocabulary is learned.</summary>
    public int VocabularyCaptions { get; init; } = 50_000;

    public int BarsEvery { get; init; } = 250;

    public double CheckpointMinutes { get; init; } = 3;

    public ulong Seed { get; init; } = 1;

    internal ClipConfig Config(int vocabulary) => new("cirrus-playground", Width,
        new(Width, Layers, Width / 32, 4 * Width, vocabulary, Context, Activation.QuickGelu),
        new(Width, Layers, Width / 32, 4 * Width, Patch: 8, Drawing.ClipSide, Activation.QuickGelu));

    /// <summary>Room for the longest caption with a prompt before it.</summary>
    internal const int Context = 77;

    /// <exception cref="CirrusException">A number is out of its range.</exception>
    internal ClipTrainingOptions Check() =>
        Batch < 2 || Steps < 1 || Minutes < 0 || Width < 32 || Width % 32 != 0 || Layers < 1 || Hard is < 0 or > 1 || Everything is < 0 or > 1
            ? throw new CirrusException("A training option is out of range.",
                hint: "batch >= 2, steps >= 1, minutes >= 0, layers >= 1, width a multiple of 32, shares from 0 to 1")
            : this;
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ClipTrainingOptions))]
public sealed partial class ClipTrainingJson : JsonSerializerContext;
