using System.Text.Json.Serialization;
using Cirrus.Clip;
using Cirrus.Training;

namespace Cirrus.Methods.Combiner;

/// <summary>Every number of a Combiner's training; the defaults are the published command's (methods: 6.1, stage 2).</summary>
/// <remarks>
/// Adam without decay at 2e-5, batch 4,096, 300 epochs: 1,200 steps are those of FashionIQ's 18,000 triplets, CIRR's
/// 28,225 take 1,800.
/// </remarks>
public sealed record CombinerOptions : FusionOptions
{
    public CombinerOptions() => Dropout = 0.5f;

    /// <summary>Width of the projections of words and picture.</summary>
    public int Projection { get; init; } = 2560;

    /// <summary>Width of the hidden layers.</summary>
    public int Hidden { get; init; } = 5120;

    /// <summary>Settings for a CLIP of 128 dimensions: less than a minute on two cores.</summary>
    internal static IReadOnlyList<string> Miniature { get; } =
        ["batch=512", "steps=1000", "learning_rate=1e-3", "schedule=cosine", "projection=256", "hidden=512"];

    public static MethodTraining Training { get; } = MethodTraining.Of(
        "Train CLIP4CIR's Combiner on triplets (supervised; CLIP stays as it is).", TrainingDataKind.Triplets,
        CombinerNetwork.InRun, new CombinerOptions(), Miniature, CombinerJson.Default.CombinerOptions, Create);

    public static FusionTrainer Create(ClipModel clip, TrainingData data, CombinerOptions options)
    {
        options.Check();
        return new(clip, data.Triplets!, options, OptionText.Print(options, CombinerJson.Default.CombinerOptions),
            CombinerNetwork.Random(clip.Device, clip.Config.P, options.Projection, options.Hidden, FusionTrainer.Start(options)));
    }

    internal override void Check()
    {
        base.Check();
        OptionText.Require(Projection is >= 1 and <= 1 << 16, nameof(Projection), Projection, "1 to 65,536");
        OptionText.Require(Hidden is >= 1 and <= 1 << 16, nameof(Hidden), Hidden, "1 to 65,536");
    }
}

/// <summary>How options are written to run.json and read from it.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(CombinerOptions))]
internal sealed partial class CombinerJson : JsonSerializerContext;
