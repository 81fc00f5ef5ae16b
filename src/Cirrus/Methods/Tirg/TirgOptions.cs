using System.Text.Json.Serialization;
using Cirrus.Clip;
using Cirrus.Training;

namespace Cirrus.Methods.Tirg;

/// <summary>
/// Every number of a TIRG training. Batch, steps, decay and the start of the scale are published; Adam stands for SGD.
/// </summary>
public sealed record TirgOptions : FusionOptions
{
    public TirgOptions() => (Batch, Steps, LearningRate, WeightDecay, LogitScale) = (32, 160_000, 1e-4, 1e-6f, 16);

    /// <summary>Settings for a CLIP of 128 dimensions: less than a minute on two cores.</summary>
    internal static IReadOnlyList<string> Miniature { get; } = ["batch=512", "steps=1200", "learning_rate=1e-3", "schedule=cosine"];

    public static MethodTraining Training { get; } = MethodTraining.Of(
        "Train TIRG on CLIP features and triplets (supervised; CLIP stays as it is).",
        TrainingDataKind.Triplets, TirgNetwork.InRun, new TirgOptions(), Miniature, TirgJson.Default.TirgOptions, Create);

    public static FusionTrainer Create(ClipModel clip, TrainingData data, TirgOptions options)
    {
        options.Check();
        return new(clip, data.Triplets!, options, OptionText.Print(options, TirgJson.Default.TirgOptions),
            TirgNetwork.Random(clip.Device, clip.Config.P, options.LogitScale, FusionTrainer.Start(options)));
    }

    internal override void Check()
    {
        base.Check();
        OptionText.Require(Dropout == 0, nameof(Dropout), Dropout, "0: TIRG has none");
    }
}

/// <summary>How options are written to run.json and read from it.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(TirgOptions))]
internal sealed partial class TirgJson : JsonSerializerContext;
