using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Cirrus.Clip;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods;

/// <summary>What a method learns from.</summary>
public enum TrainingDataKind { Captions, Pictures, Triplets, Examples }

/// <summary>What a training reads; the part its method asks for is there.</summary>
public sealed record TrainingData(IReadOnlyList<string>? Captions = null, PictureSet? Pictures = null,
    TripletSet? Triplets = null, CompoDiff.DiffusionSet? Examples = null)
{
    /// <summary>Names and fingerprints of what is there: a resumed run must find the same.</summary>
    public IReadOnlyDictionary<string, string> Inputs(ClipModel clip)
    {
        Dictionary<string, string> inputs = new() { ["model"] = clip.Fingerprint };
        if (Captions is not null)
            inputs["captions"] = CaptionCorpus.Fingerprint(Captions);
        if (Pictures is not null)
            inputs["pictures"] = Pictures.Fingerprint;
        if (Triplets is not null)
            inputs["triplets"] = Triplets.Fingerprint();
        if (Examples is not null)
            inputs["examples"] = Examples.Fingerprint();
        return inputs;
    }
}

/// <summary>How a method is trained: its line in <see cref="Method.All"/> and <c>cirrus train NAME</c> need no more.</summary>
/// <param name="Summary">one line for people.</param>
/// <param name="Data">what it learns from.</param>
/// <param name="Result">the file of the finished network in the run's folder.</param>
/// <param name="Options">(true for a small CLIP, "name=value" settings) → all options as JSON.</param>
/// <param name="Create">(clip, data, options as <paramref name="Options"/> gives them) → a trainer before its first step.</param>
public sealed record MethodTraining(
    string Summary,
    TrainingDataKind Data,
    string Result,
    Func<bool, IReadOnlyList<string>, JsonElement> Options,
    Func<ClipModel, TrainingData, JsonElement, Trainer> Create)
{
    /// <summary>True when CLIP's towers may be bf16 in it.</summary>
    public bool TakesBf16 { get; init; }

    /// <summary>True when CLIP stays as it is: features of a benchmark's pictures serve every network of a run to be measured by.</summary>
    public bool KeepsClip { get; init; } = true;

    /// <summary>True when its option <c>from</c> names a trained network to start from.</summary>
    public bool StartsFrom { get; init; }

    /// <summary>
    /// (clip, type of its towers, data, options): an error where a device's memory has no room for a step; null:
    /// nothing is planned.
    /// </summary>
    public Action<ClipModel, ElementType, TrainingData, JsonElement>? CheckMemory { get; init; }

    /// <summary>What it learns from, for people.</summary>
    public string LearnsFrom => Data == TrainingDataKind.Examples ? "captioned pictures, masks and triplets" : Data.ToString().ToLowerInvariant();

    /// <param name="miniature">settings that suit a small CLIP, the Playground's.</param>
    public static MethodTraining Of<T>(string summary, TrainingDataKind data, string result, T published, IReadOnlyList<string> miniature,
        JsonTypeInfo<T> json, Func<ClipModel, TrainingData, T, Trainer> create) => new(summary, data, result,
            (small, settings) => JsonSerializer
            .SerializeToElement(OptionText.Apply(published, small ? [.. miniature, .. settings] : settings, json), json),
            (clip, given, options) => create(clip, given, options.Deserialize(json)!));
}
