using System.Text.Json.Serialization;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods.Pic2Word;

/// <summary>Every number of a Pic2Word training; the defaults are the published command's (methods: 3.3).</summary>
/// <remarks>
/// Paper: Saito et al., CVPR 2023, section 4.1: AdamW, 1e-4, decay 0.1, batch 1,024, 10,000 steps of warm-up, pictures of CC3M.
/// </remarks>
public sealed record Pic2WordOptions
{
    /// <summary>Pictures a step, each the negative of all others; published: 8 processes of 128, which share their features.</summary>
    public int Batch { get; init; } = 1024;

    /// <summary>Times that every picture is seen, where <see cref="Steps"/> is 0.</summary>
    public int Epochs { get; init; } = 30;

    /// <summary>0: as many as <see cref="Epochs"/> takes.</summary>
    public int Steps { get; init; }

    public double LearningRate { get; init; } = 1e-4;

    /// <summary>Steps over which the rate rises: the first has a share of 1 in so many. Then half a cosine down to 0.</summary>
    public int Warmup { get; init; } = 10_000;

    /// <summary>Of weights; biases have none.</summary>
    public float WeightDecay { get; init; } = 0.1f;

    public float Beta1 { get; init; } = 0.9f;

    public float Beta2 { get; init; } = 0.98f;

    public float Epsilon { get; init; } = 1e-6f;

    /// <summary>Dropout of the two hidden layers.</summary>
    public float Dropout { get; init; } = 0.1f;

    /// <summary>Width of the two hidden layers.</summary>
    public int Hidden { get; init; } = 512;

    /// <summary>
    /// Another window of 90 to 100 % of a picture in every epoch. Without it every picture goes through the image tower once,
    /// and its feature is kept in the run's folder.
    /// </summary>
    public bool Augment { get; init; } = true;

    public ulong Seed { get; init; } = 12345;

    /// <summary>Steps between checkpoints; one more is written at the end.</summary>
    public int CheckpointEvery { get; init; } = 1000;

    /// <exception cref="CirrusException">A number is out of its range.</exception>
    public Pic2WordOptions Check()
    {
        OptionText.Require(Batch >= 2, nameof(Batch), Batch, "2 or more");
        OptionText.Require(Epochs >= 1, nameof(Epochs), Epochs, "1 or more");
        OptionText.Require(Steps >= 0, nameof(Steps), Steps, "1 or more, or 0 for whole epochs");
        OptionText.Require(LearningRate >= 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "0 or more");
        OptionText.Require(Warmup >= 0, nameof(Warmup), Warmup, "0 or more");
        OptionText.RequireAdamW(WeightDecay, Beta1, Beta2, Epsilon);
        OptionText.Require(Dropout is >= 0 and < 1, nameof(Dropout), Dropout, "from 0 to below 1");
        OptionText.Require(Hidden is >= 1 and <= 1 << 16, nameof(Hidden), Hidden, "from 1 to 65,536");
        OptionText.Require(CheckpointEvery >= 1, nameof(CheckpointEvery), CheckpointEvery, "1 or more");
        return this;
    }
}

/// <summary>How options are written to run.json and read from it.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Pic2WordOptions))]
public sealed partial class Pic2WordJson : JsonSerializerContext;
