using System.Text.Json.Serialization;
using Cirrus.Clip;
using Cirrus.Training;

namespace Cirrus.Methods.Clip4Cir;

/// <summary>Which towers of a CLIP are fine-tuned.</summary>
public enum Encoder
{
    [JsonStringEnumMemberName("both")]
    Both,

    /// <summary>Pictures keep their features: a gallery made before stays valid.</summary>
    [JsonStringEnumMemberName("text")]
    Text,

    [JsonStringEnumMemberName("image")]
    Image,
}

/// <summary>Every number of a fine-tuning; the defaults are the published command's (methods: 6.1, stage 1).</summary>
/// <remarks>AdamW at 2e-6, batch 128, 100 epochs: 14,000 steps are those of FashionIQ's 18,000 triplets, CIRR's 28,225 take 22,000.</remarks>
public sealed record Clip4CirOptions : FusionOptions
{
    public Clip4CirOptions() => (Batch, Steps, LearningRate, Epsilon, WeightDecay) = (128, 14_000, 2e-6, 1e-7f, 0.01f);

    public Encoder Encoder { get; init; } = Encoder.Both;

    /// <summary>
    /// Settings for the Playground's small CLIP: less than a minute on two cores, for the text tower alone, so that
    /// galleries stay valid.
    /// </summary>
    internal static IReadOnlyList<string> Miniature { get; } = ["encoder=text", "batch=256", "steps=600", "learning_rate=5e-4",
        "schedule=cosine", "logit_scale=30"];

    public static MethodTraining Training { get; } = MethodTraining.Of(
        "Fine-tune CLIP's towers on triplets, so that picture and words add up (CLIP4CIR, stage 1; supervised).",
        TrainingDataKind.Triplets, Clip4CirComposer.InRun, new Clip4CirOptions(), Miniature, Clip4CirJson.Default.Clip4CirOptions, Create) with
    {
        KeepsClip = false,
    };

    public static Clip4CirTrainer Create(ClipModel clip, TrainingData data, Clip4CirOptions options) => new(clip, data.Triplets!, options);

    internal override void Check()
    {
        base.Check();
        OptionText.Require(Dropout == 0, nameof(Dropout), Dropout, "0: CLIP has none");
        OptionText.Require(Holdout == 0, nameof(Holdout), Holdout, "0: recall on a benchmark is what tells");
    }
}

/// <summary>How options are written to run.json and read from it.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Clip4CirOptions))]
internal sealed partial class Clip4CirJson : JsonSerializerContext;
