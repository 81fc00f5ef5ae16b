using System.Text.Json.Serialization;
using Cirrus.Clip;
using Cirrus.Training;

namespace Cirrus.Methods.Maaf;

/// <summary>
/// Every number of a training of MAAF; the defaults are those published for its residual form on CLIP, where they are
/// known (methods: 6.4).
/// </summary>
/// <remarks>
/// Batch 128, Adam at 1e-4, dropout 0.1, perceptrons of 256; how long it was trained is not known: 22,000 steps are a
/// hundred epochs of CIRR. The scale is learned, so <see cref="FusionOptions.LogitScale"/> is not read.
/// </remarks>
public sealed record MaafOptions : FusionOptions
{
    public MaafOptions() => (Batch, Steps, LearningRate, Dropout) = (128, 22_000, 1e-4, 0.1f);

    /// <summary>Transformer blocks, as wide as CLIP's joint space; published: 1 or 2.</summary>
    public int Layers { get; init; } = 2;

    /// <summary>Width of the blocks' perceptrons; published: 128 or 256.</summary>
    public int Hidden { get; init; } = 256;

    /// <summary>Settings for a CLIP of 128 dimensions: about a minute on two cores.</summary>
    internal static IReadOnlyList<string> Miniature { get; } = ["batch=64", "steps=600", "learning_rate=1e-3",
        "schedule=cosine", "warmup=30", "layers=1"];

    public static MethodTraining Training { get; } = MethodTraining.Of("Train MAAF on triplets (supervised; CLIP stays as it is).",
        TrainingDataKind.Triplets, MaafNetwork.InRun, new MaafOptions(), Miniature, MaafJson.Default.MaafOptions, Create);

    public static FusionTrainer Create(ClipModel clip, TrainingData data, MaafOptions options)
    {
        options.Check();
        return new(clip, data.Triplets!, options, OptionText.Print(options, MaafJson.Default.MaafOptions),
            MaafNetwork.Random(clip, options.Layers, options.Hidden, FusionTrainer.Start(options)));
    }

    internal override void Check()
    {
        base.Check();
        OptionText.Require(Layers is >= 1 and <= 48, nameof(Layers), Layers, "1 to 48");
        OptionText.Require(Hidden is >= 1 and <= 1 << 16, nameof(Hidden), Hidden, "1 to 65,536");
    }
}

/// <summary>How options are written to run.json and read from it.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(MaafOptions))]
internal sealed partial class MaafJson : JsonSerializerContext;
