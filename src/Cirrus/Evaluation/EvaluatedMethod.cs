using Cirrus.Methods;
using Cirrus.Methods.CompoDiff;

namespace Cirrus.Evaluation;

/// <summary>A method as it is evaluated.</summary>
/// <param name="Name">as reports print it; one method may come several times with other settings.</param>
/// <param name="Composer">used, not owned.</param>
/// <param name="TrainSeconds">what training took: 0 when nothing is trained, null when it is not known.</param>
/// <param name="ImageWeight">see <see cref="Composition.ImageWeight"/>; null: the method's own balance.</param>
/// <param name="Prompt">what the method is given for a caption, with <see cref="Slot"/> for it; null: the caption, for
/// the method's own prompt.</param>
/// <param name="Sentence">see <see cref="Composition.Sentence"/>; the mean of the gallery is put in by the evaluator.</param>
/// <param name="Form">how captions are said.</param>
/// <param name="WritesSentences">true: a benchmark's own sentence (<see cref="BenchmarkQuery.Prompt"/>) is used.</param>
public sealed record EvaluatedMethod(string Name, Composer Composer, double? TrainSeconds = 0, float? ImageWeight = null,
    string? Prompt = null, SentenceOptions? Sentence = null, CaptionForm Form = CaptionForm.LinCir,
    bool WritesSentences = false)
{
    /// <summary>See <see cref="Composition.Sampling"/>.</summary>
    public SamplingOptions? Sampling { get; init; }

    /// <summary>The caption's place in a prompt.</summary>
    public const string Slot = "{caption}";

    /// <summary>The texts that stand for a query's words.</summary>
    public IReadOnlyList<string> TextsOf(BenchmarkQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (WritesSentences && Prompt is null && query.Prompt is string sentence)
            return [sentence];
        IReadOnlyList<string> captions = query.Forms?.GetValueOrDefault(Form) ?? query.Captions;
        return [.. captions.Select(c => Prompt?.Replace(Slot, c, StringComparison.Ordinal) ?? c)];
    }

    /// <summary>
    /// What is really encoded for a query's words, a <c>$</c> where the picture stands; none for methods that do not read
    /// them.
    /// </summary>
    public IReadOnlyList<string> PromptsOf(BenchmarkQuery query) =>
        [.. TextsOf(query).SelectMany(t => Sentence?.Templates?.Select(template => PromptTemplates.Say(template, t))
            ?? [Composer.Prompt(t, hasPicture: true)])
            .Where(t => t.Length > 0).Distinct()];

    internal Composition Compose(float[] reference, IReadOnlyList<string> texts, Lazy<float[]> galleryMean, float[]? patches) =>
        new([reference], texts[0])
        {
            ImageWeight = ImageWeight,
            Alternatives = texts.Count > 1 ? [.. texts.Skip(1)] : null,
            Sentence = Sentence is { GapShift: true } ? Sentence with { GalleryMean = galleryMean.Value } : Sentence,
            Patches = patches is null ? null : [patches],
            Sampling = Sampling,
        };
}
