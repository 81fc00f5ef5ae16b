using System.Text.Json.Serialization;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods.CompoDiff;

/// <summary>How features are sampled; the defaults are those of the release, and what is null is the weights' own.</summary>
public sealed record SamplingOptions
{
    /// <summary>The release's, for weights that say nothing of it.</summary>
    public static SamplingOptions Published { get; } = new() { ImageScale = 1.5f, TextScale = 7.5f, Samples = 2, KeepFirst = 0 };

    /// <summary>1 to 1000. As published, so many give one evaluation of the network less; 1 gives none, and so noise.</summary>
    public int Steps { get; init; } = 10;

    /// <summary>The release's demo asks for one step more than it is told: as many evaluations as steps.</summary>
    public bool DemoSteps { get; init; }

    /// <summary>How much further than without a picture the picture pulls; 1 is plain.</summary>
    public float? ImageScale { get; init; }

    /// <summary>How much further than the empty, or negative, text the text pulls; 1 is plain.</summary>
    public float? TextScale { get; init; }

    /// <summary>Samples of a query that are averaged, r.</summary>
    public int? Samples { get; init; }

    /// <summary>How much of the noise is drawn anew in each step: 1 as published, 0 none.</summary>
    public float Eta { get; init; } = 1;

    /// <summary>The share that the first guided estimate keeps in a sample; 0 as published. In later steps guidance melts away.</summary>
    public float? KeepFirst { get; init; }

    /// <summary>Of all noise. A query's sample depends on it alone, not on other queries.</summary>
    public ulong Seed { get; init; }

    /// <summary>The release encodes a negative text with the attention mask of the positive one.</summary>
    public bool NegativeMaskCompat { get; init; }

    /// <summary>
    /// The release's demo squeezes the picture in hand to a square before CLIP's preprocessing crops it. Read by a search, where
    /// pictures are files; a picture of the gallery is then read again.
    /// </summary>
    public bool SqueezeCompat { get; init; }

    /// <summary>
    /// The id that fills texts up to their 77 positions, all of which are read; 49407 with some versions of the
    /// published tokenizer.
    /// </summary>
    public int PadId { get; init; }

    /// <summary>Of the demo's square, in pixels.</summary>
    internal const int SqueezedSide = 512;

    /// <summary>What the sampler is asked for, with the demo's one more.</summary>
    internal int AllSteps => Steps + (DemoSteps ? 1 : 0);

    /// <summary>These, and where they are null those.</summary>
    internal SamplingOptions Or(SamplingOptions usual) => this with
    {
        ImageScale = ImageScale ?? usual.ImageScale,
        TextScale = TextScale ?? usual.TextScale,
        Samples = Samples ?? usual.Samples,
        KeepFirst = KeepFirst ?? usual.KeepFirst,
    };

    /// <exception cref="CirrusException">A number is out of its range.</exception>
    public SamplingOptions Check()
    {
        OptionText.Require(Steps is >= 1 and <= 1000, nameof(Steps), Steps, "from 1 to 1000");
        OptionText.Require(ImageScale is not float image || float.IsFinite(image), nameof(ImageScale), ImageScale ?? 0, "a number");
        OptionText.Require(TextScale is not float text || float.IsFinite(text), nameof(TextScale), TextScale ?? 0, "a number");
        OptionText.Require(Samples is null or (>= 1 and <= 64), nameof(Samples), Samples ?? 0, "from 1 to 64");
        OptionText.Require(KeepFirst is null or (>= 0 and <= 1), nameof(KeepFirst), KeepFirst ?? 0, "from 0 to 1");
        OptionText.Require(Eta is >= 0 and <= 1, nameof(Eta), Eta, "from 0 to 1");
        OptionText.Require(PadId >= 0, nameof(PadId), PadId, "0 or more");
        return this;
    }
}

/// <summary>How options are written and read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SamplingOptions))]
public sealed partial class SamplingJson : JsonSerializerContext;
