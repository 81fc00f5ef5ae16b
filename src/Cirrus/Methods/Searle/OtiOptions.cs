using System.Text.Json.Serialization;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods.Searle;

/// <summary>Every number of a textual inversion by optimisation; the defaults are the published ones (methods: 4.4).</summary>
public sealed record OtiOptions
{
    /// <summary>Steps of each picture's pseudo-word.</summary>
    public int Steps { get; init; } = 350;

    public double LearningRate { get; init; } = 2e-2;

    public float WeightDecay { get; init; } = 0.01f;

    /// <summary>Of the moving average that is the result: it starts at the start token and takes 1 − this of every step.</summary>
    public float EmaDecay { get; init; } = 0.99f;

    /// <summary>Deviation of the start token's numbers.</summary>
    public float Start { get; init; } = 0.02f;

    /// <summary>Weight of the loss that pulls a sentence's feature to the picture's.</summary>
    public float CosineWeight { get; init; } = 1f;

    /// <summary>Weight of the loss that keeps phrases readable.</summary>
    public float PhraseWeight { get; init; } = 0.5f;

    /// <summary>Nearest concepts whose phrases are used.</summary>
    public int Concepts { get; init; } = 15;

    /// <summary>Pictures that go through the text tower together; each is optimised for itself.</summary>
    public int Batch { get; init; } = 32;

    public ulong Seed { get; init; } = 42;

    /// <summary>File of concepts: OpenImages' class descriptions (.csv) or a name a line; empty: everyday words of our own.</summary>
    public string ConceptFile { get; init; } = "";

    /// <summary>File of phrases: the published pickle, .jsonl or text; empty: made by a grammar of our own.</summary>
    public string PhraseFile { get; init; } = "";

    /// <exception cref="CirrusException">A number is out of its range.</exception>
    public OtiOptions Check()
    {
        OptionText.Require(Steps >= 1, nameof(Steps), Steps, "1 or more");
        OptionText.Require(LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "above 0");
        OptionText.Require(WeightDecay >= 0 && float.IsFinite(WeightDecay), nameof(WeightDecay), WeightDecay, "0 or more");
        OptionText.Require(EmaDecay is >= 0 and < 1, nameof(EmaDecay), EmaDecay, "from 0 to below 1");
        OptionText.Require(Start >= 0 && float.IsFinite(Start), nameof(Start), Start, "0 or more");
        OptionText.Require(CosineWeight > 0 && float.IsFinite(CosineWeight), nameof(CosineWeight), CosineWeight, "above 0");
        OptionText.Require(PhraseWeight >= 0 && float.IsFinite(PhraseWeight), nameof(PhraseWeight), PhraseWeight, "0 or more");
        OptionText.Require(Concepts >= 1, nameof(Concepts), Concepts, "1 or more");
        OptionText.Require(Batch >= 1, nameof(Batch), Batch, "1 or more");
        return this;
    }
}

/// <summary>How options are written and read.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OtiOptions))]
[JsonSerializable(typeof(SearleOptions))]
[JsonSerializable(typeof(OtiManifest))]
public sealed partial class SearleJson : JsonSerializerContext;
