using System.Text.Json.Serialization;
using Cirrus.Clip;
using Cirrus.Training;

namespace Cirrus.Methods.Cirplant;

/// <summary>Every number of a training of CIRPLANT; the defaults are the published ones (methods: 6.2).</summary>
/// <remarks>
/// Batch 32 and 300 epochs of CIRR's 529 steps, AdamW at 1e-5 falling linearly to zero, decay 0.05 (none on biases,
/// norms and the scale), dropout 0.3, gradients clipped at 1. The scale is learned, so
/// <see cref="FusionOptions.LogitScale"/> is not read.
/// </remarks>
public sealed record CirplantOptions : FusionOptions
{
    public CirplantOptions() => (Batch, Steps, LearningRate, Schedule, WeightDecay, Dropout, ClipNorm) = (32, 158_700, 1e-5,
        Schedule.Linear, 0.05f, 0.3f, 1);

    /// <summary>Transformer layers, as wide as the CLIP's text tower; published: BERT-base's 12.</summary>
    public int Layers { get; init; } = 12;

    /// <summary>Settings for a CLIP of 128 dimensions: about a minute on two cores.</summary>
    internal static IReadOnlyList<string> Miniature { get; } = ["batch=128", "steps=1000", "learning_rate=1e-3", "layers=2",
        "dropout=0.1", "warmup=50"];

    public static MethodTraining Training { get; } = MethodTraining.Of("Train CIRPLANT on triplets (supervised; CLIP stays as it is).",
        TrainingDataKind.Triplets, CirplantNetwork.InRun, new CirplantOptions(), Miniature, CirplantJson.Default.CirplantOptions, Create);

    public static FusionTrainer Create(ClipModel clip, TrainingData data, CirplantOptions options)
    {
        options.Check();
        return new(clip, data.Triplets!, options, OptionText.Print(options, CirplantJson.Default.CirplantOptions),
            CirplantNetwork.Random(clip, options.Layers, FusionTrainer.Start(options)));
    }

    internal override void Check()
    {
        base.Check();
        OptionText.Require(Layers is >= 1 and <= 48, nameof(Layers), Layers, "1 to 48");
    }
}

/// <summary>How options are written to run.json and read from it.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(CirplantOptions))]
internal sealed partial class CirplantJson : JsonSerializerContext;
