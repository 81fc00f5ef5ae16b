using System.Text.Json.Serialization;
using Cirrus.Clip;
using Cirrus.Training;

namespace Cirrus.Methods.Artemis;

/// <summary>
/// Every number of a training of ARTEMIS; the defaults are the published ones where they stand for a head alone
/// (methods: 6.3).
/// </summary>
/// <remarks>
/// Batch 32, AdamW at 5e-4, 8 epochs with frozen backbones: 7,056 steps are those of CIRR's 28,225 triplets. The published
/// 50 epochs after these train the backbones, which stay frozen here. The published rate is halved every 10 epochs, more
/// than these; cosines are scaled by exp(τ), so <see cref="FusionOptions.LogitScale"/> is not read.
/// </remarks>
public sealed record ArtemisOptions : FusionOptions
{
    public ArtemisOptions() => (Batch, Steps, LearningRate, WeightDecay) = (32, 7056, 5e-4, 0.01f);

    /// <summary>Settings for a CLIP of 128 dimensions: less than a minute on two cores.</summary>
    internal static IReadOnlyList<string> Miniature { get; } = ["batch=256", "steps=1500", "learning_rate=2e-3", "schedule=cosine"];

    public static MethodTraining Training { get; } = MethodTraining.Of("Train ARTEMIS on triplets (supervised; CLIP stays as it is).",
        TrainingDataKind.Triplets, ArtemisNetwork.InRun, new ArtemisOptions(), Miniature, ArtemisJson.Default.ArtemisOptions, Create);

    public static FusionTrainer Create(ClipModel clip, TrainingData data, ArtemisOptions options)
    {
        options.Check();
        return new(clip, data.Triplets!, options, OptionText.Print(options, ArtemisJson.Default.ArtemisOptions),
            ArtemisNetwork.Random(clip.Device, clip.Config.P, FusionTrainer.Start(options)));
    }
}

/// <summary>How options are written to run.json and read from it.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ArtemisOptions))]
internal sealed partial class ArtemisJson : JsonSerializerContext;
