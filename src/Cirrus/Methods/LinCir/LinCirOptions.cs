using System.Text.Json.Serialization;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods.LinCir;

/// <summary>Every number of a LinCIR training; the defaults are the published command's (methods: 2.6).</summary>
/// <remarks>
/// Paper: Gu et al., CVPR 2024, section 4.1: AdamW, 1e-4, decay 0.01 on all parameters, batch 512, 20,000 steps, dropout 0.5.
/// </remarks>
public sealed record LinCirOptions
{
    /// <summary>Captions a step; published: 8 processes of 64.</summary>
    public int Batch { get; init; } = 512;

    /// <summary>Captions that go through the text tower at once: bounds memory, changes results only by rounding.</summary>
    public int MicroBatch { get; init; } = 128;

    public int Steps { get; init; } = 20_000;

    public double LearningRate { get; init; } = 1e-4;

    public Schedule Schedule { get; init; } = Schedule.ConstantWithWarmup;

    /// <summary>Steps over which the rate rises from 0; published: none.</summary>
    public int Warmup { get; init; }

    public float WeightDecay { get; init; } = 0.01f;

    public float Beta1 { get; init; } = 0.9f;

    public float Beta2 { get; init; } = 0.999f;

    public float Epsilon { get; init; } = 1e-8f;

    /// <summary>Dropout of φ's two hidden layers.</summary>
    public float Dropout { get; init; } = 0.5f;

    /// <summary>Factor of the noise u·n on the caption's feature (u ~ U(0, 1) a caption, n ~ N(0, I)); 0 means none.</summary>
    public float NoiseScale { get; init; } = 1f;

    /// <summary>
    /// Above 0, <see cref="NoiseScale"/> is set when training starts so that the mean norm of the noise is this share of the mean
    /// norm of the centred text features: scale = 2·share·mean‖t − mean t‖ / √P. For CLIPs of other sizes than the published; the
    /// Playground's take 0.5.
    /// </summary>
    public float NoiseShare { get; init; }

    /// <summary>Normalises the noisy feature before φ (--l2_normalize of the released code).</summary>
    public bool L2Normalize { get; init; }

    /// <summary>Keeps an exponential moving average of φ; it is what the finished run gives.</summary>
    public bool Ema { get; init; }

    /// <summary>A φ to start from: a run's folder, the published .pt or a .safetensors, SEARLE's too; empty: random numbers.</summary>
    public string From { get; init; } = "";

    public ulong Seed { get; init; } = 12345;

    /// <summary>Steps between checkpoints; one more is written at the end.</summary>
    public int CheckpointEvery { get; init; } = 1000;

    /// <summary>
    /// The last so many captions are kept out of training and give a validation loss at every checkpoint; published: none.
    /// </summary>
    public int Holdout { get; init; }

    /// <summary>Memory for the features of captions already seen, in MiB: each is computed once. 0 switches it off.</summary>
    public int CacheMegabytes { get; init; } = 1024;

    /// <exception cref="CirrusException">A number is out of its range.</exception>
    public LinCirOptions Check()
    {
        OptionText.Require(Batch >= 1, nameof(Batch), Batch, "1 or more");
        OptionText.Require(MicroBatch >= 1, nameof(MicroBatch), MicroBatch, "1 or more");
        OptionText.Require(Steps >= 1, nameof(Steps), Steps, "1 or more");
        OptionText.Require(LearningRate >= 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "0 or more");
        OptionText.Require(Warmup >= 0, nameof(Warmup), Warmup, "0 or more");
        OptionText.RequireAdamW(WeightDecay, Beta1, Beta2, Epsilon);
        OptionText.Require(Dropout is >= 0 and < 1, nameof(Dropout), Dropout, "from 0 to below 1");
        OptionText.Require(NoiseScale >= 0 && float.IsFinite(NoiseScale), nameof(NoiseScale), NoiseScale, "0 or more");
        OptionText.Require(NoiseShare >= 0 && float.IsFinite(NoiseShare), nameof(NoiseShare), NoiseShare, "0 or more");
        OptionText.Require(CheckpointEvery >= 1, nameof(CheckpointEvery), CheckpointEvery, "1 or more");
        OptionText.Require(Holdout >= 0, nameof(Holdout), Holdout, "0 or more");
        OptionText.Require(CacheMegabytes >= 0, nameof(CacheMegabytes), CacheMegabytes, "0 or more");
        return this;
    }
}

/// <summary>How options are written to run.json and read from it.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(LinCirOptions))]
public sealed partial class LinCirJson : JsonSerializerContext;
