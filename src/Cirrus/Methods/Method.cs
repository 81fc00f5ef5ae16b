using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods;

/// <summary>What is asked for: reference pictures and words. A batch of these is composed into query vectors.</summary>
/// <param name="Pictures">raw (not normalised) features of the reference pictures, [P] each; empty for words alone.</param>
/// <param name="Text">how the wanted picture differs, or what it shows; null or empty for the picture alone. A <c>$</c>
/// is the picture's place.</param>
/// <param name="Without">terms to push away, raw features.</param>
/// <param name="ImageWeight">0 = words alone, 1 = picture alone, null = the method's own balance.</param>
/// <param name="Alternatives">more texts for the same query (FashionIQ's two captions): their unit features are averaged,
/// the mean normalised.</param>
/// <param name="Sentence">for methods that write the picture into a sentence: how; others do not read it.</param>
/// <param name="Avoided">words to push away, for a composer that <see cref="Composer.ReadsAvoided"/>; others are given
/// features in <paramref name="Without"/>.</param>
/// <param name="Mask">what of the pictures is to be changed, [S·S] of 0 and 1 over CLIP's input, for such a composer;
/// the pictures' features are then of what is left.</param>
/// <param name="Sampling">for a method that samples: how; others do not read it.</param>
/// <param name="Shares">of each picture among several; null: equal shares.</param>
/// <param name="Patches">states of each picture's patches, [T·V] (<see cref="VisionTower.States"/>); there when the
/// composer <see cref="Composer.NeedsPatches"/>.</param>
public sealed record Composition(
    IReadOnlyList<float[]> Pictures,
    string? Text,
    IReadOnlyList<float[]>? Without = null,
    float? ImageWeight = null,
    IReadOnlyList<string>? Alternatives = null,
    SentenceOptions? Sentence = null,
    IReadOnlyList<float[]>? Patches = null,
    IReadOnlyList<string>? Avoided = null,
    float[]? Mask = null,
    CompoDiff.SamplingOptions? Sampling = null,
    IReadOnlyList<float>? Shares = null);

/// <summary>Turns pictures' features and words into one query vector a query. Thread-safe.</summary>
public abstract class Composer : IDisposable
{
    public abstract string Name { get; }

    /// <summary>[queries.Count, P] unit rows, in order.</summary>
    public abstract float[] Compose(IReadOnlyList<Composition> queries);

    /// <summary>
    /// For each query the terms its candidates are scored by, for methods whose score is no plain cosine; null: the
    /// vectors of <see cref="Compose"/> say it all.
    /// </summary>
    public virtual IReadOnlyList<MaskedTerm>[]? ComposeMasked(IReadOnlyList<Composition> queries) => null;

    /// <summary>What was encoded lately, where one who asks often keeps it; null: everything is computed again.</summary>
    internal RecentFeatures? Recent { get; set; }

    /// <summary>True when it looks at the patches of the pictures, not at their features alone.</summary>
    public virtual bool NeedsPatches => false;

    /// <summary>True when it understands words to push away, and masks.</summary>
    public virtual bool ReadsAvoided => false;

    /// <summary>The caption that is really encoded for a text, with <c>$</c> for the picture: for --prompt.</summary>
    public abstract string Prompt(string? text, bool hasPicture);

    public virtual void Dispose() => GC.SuppressFinalize(this);
}

/// <summary>A way of composing. All methods stand in <see cref="All"/>; CLI, server and evaluator read them there.</summary>
/// <param name="Name">as typed after --method.</param>
/// <param name="Summary">one line for people.</param>
/// <param name="ImageWeightMeaning">what --image-weight does here.</param>
/// <param name="NeedsWeights">true when <paramref name="Open"/> needs a trained file.</param>
/// <param name="Open">(clip, weights path or null) → composer.</param>
/// <param name="Training">how it is trained; null when nothing is.</param>
public sealed record Method(string Name, string Summary, string ImageWeightMeaning, bool NeedsWeights,
    Func<ClipModel, string?, Composer> Open, MethodTraining? Training = null)
{
    /// <summary>Other names by which it is found.</summary>
    public IReadOnlyList<string> Also { get; init; } = [];

    /// <summary>What several pictures in a query mean.</summary>
    public string PicturesMeaning
    {
        get => field ?? (WritesSentences ? PseudoWordComposer.PicturesMeaning
            : "a query for each, and of these unit vectors the mean");
        init;
    }

    /// <summary>The image weight of a query that sets none; null where it has no meaning.</summary>
    public float? UsualImageWeight { get; init; } = 0.5f;

    /// <summary>That of a query with a mask, where it is another.</summary>
    public float? UsualMaskedImageWeight { get; init; }

    /// <summary>What terms to avoid (--without) mean.</summary>
    public string WithoutMeaning { get; init; } = "half of each term's unit feature is taken away from the query";

    /// <summary>True when <see cref="Composition.Sentence"/> is read: its composer is a <see cref="PseudoWordComposer"/>.</summary>
    public bool WritesSentences { get; init; }

    /// <summary>How its published evaluation says a benchmark's captions.</summary>
    public CaptionForm CaptionForm { get; init; }

    /// <summary>The image weights that its published numbers on a benchmark are with, where that is not its own balance.</summary>
    public IReadOnlyDictionary<string, float> PublishedImageWeights { get; init; } = new Dictionary<string, float>();

    private const string OfSentences = PseudoWordComposer.ImageWeightMeaning, OfFusion = FusionComposer.ImageWeightMeaning,
        WayShare = "the picture's share of the way; 0.2 unless set", SumShare = "the picture's share of the sum; 0.5 unless set",
        MeanPicture = "the mean of their unit features is the picture", MeanRaw = "the mean of their features is the picture",
        Nothing = "no meaning";

    public static IReadOnlyList<Method> All { get; } =
    [
        new("lincir", "the picture as a word in the caption; φ is trained on captions alone (CVPR 2024)",
            OfSentences, NeedsWeights: true, LinCir.LinCirComposer.Open, LinCir.LinCirTrainer.Training)
        {
            WritesSentences = true,
        },
        new("lincir-oti", "lincir, its word of each picture refined by 50 steps of optimisation; our own",
            OfSentences, NeedsWeights: true, Searle.RefinedComposer.Open)
        {
            WritesSentences = true,
        },
        new("searle", "the picture as a word in the caption; φ is distilled from words found by optimisation (ICCV 2023)",
            OfSentences, NeedsWeights: true, Searle.SearleComposer.Open, Searle.SearleTrainer.Training)
        {
            WritesSentences = true,
        },
        new("pic2word", "the picture as a word in the caption; the network for it is trained on pictures alone (CVPR 2023)",
            OfSentences, NeedsWeights: true, Pic2Word.Pic2WordComposer.Open, Pic2Word.Pic2WordTrainer.Training)
        {
            WritesSentences = true,
            CaptionForm = CaptionForm.Pic2Word,
        },
        new("combiner", "CLIP4CIR's Combiner; supervised: trained on triplets (ACM TOMM 2023)",
            OfFusion, NeedsWeights: true, Combiner.CombinerNetwork.Open, Combiner.CombinerOptions.Training)
        {
            CaptionForm = CaptionForm.Annotators,
        },
        new("clip4cir", "the sum, of a CLIP fine-tuned for it; supervised: trained on triplets (CVPR 2022 workshops)",
            OfFusion, NeedsWeights: true, Clip4Cir.Clip4CirComposer.Open, Clip4Cir.Clip4CirOptions.Training)
        {
            CaptionForm = CaptionForm.Annotators,
        },
        new("tirg",
            "the picture, gated by the words, and a residual; supervised: trained on triplets (CVPR 2019, on CLIP features)",
            OfFusion, NeedsWeights: true, Tirg.TirgNetwork.Open, Tirg.TirgOptions.Training)
        {
            CaptionForm = CaptionForm.Annotators,
        },
        new("artemis", "the words say what to seek and what to keep of the picture; "
            + "supervised: trained on triplets (ICLR 2022, on CLIP features)",
            Artemis.ArtemisComposer.ImageWeightMeaning, NeedsWeights: true,
            Artemis.ArtemisNetwork.Open, Artemis.ArtemisOptions.Training)
        {
            PicturesMeaning = "their terms share the weight of one",
            CaptionForm = CaptionForm.Annotators,
        },
        new("cirplant", "a transformer over the caption and the picture as one token; "
            + "supervised: trained on triplets (ICCV 2021, on CLIP states)",
            OfFusion, NeedsWeights: true, Cirplant.CirplantNetwork.Open, Cirplant.CirplantOptions.Training)
        {
            CaptionForm = CaptionForm.Annotators,
        },
        new("maaf",
            "patches and tokens attend to each other and mend the sum; supervised: trained on triplets (2020, on CLIP states)",
            OfFusion, NeedsWeights: true, Maaf.MaafNetwork.Open, Maaf.MaafOptions.Training)
        {
            CaptionForm = CaptionForm.Annotators,
        },
        new("compodiff", "diffusion turns noise into the wanted picture's feature, "
            + "told the picture, the words, negative words and a mask (TMLR 2024)",
            CompoDiff.CompoDiffComposer.ImageWeightMeaning, NeedsWeights: true,
            CompoDiff.CompoDiffComposer.Open, CompoDiff.CompoDiffTrainer.Training)
        {
            WithoutMeaning = CompoDiff.CompoDiffComposer.WithoutMeaning,
            UsualImageWeight = CompoDiff.CompoDiffComposer.Mix,
            UsualMaskedImageWeight = CompoDiff.CompoDiffComposer.MaskedMix,
            CaptionForm = CaptionForm.Annotators,
        },
        new("slerp", "a point between picture and words on the sphere", WayShare,
            NeedsWeights: false, (clip, _) => LateFusion.LateFusionComposer.Slerp(clip))
        {
            PicturesMeaning = MeanPicture,
            UsualImageWeight = LateFusion.LateFusionComposer.SlerpWeight,
            PublishedImageWeights = new Dictionary<string, float> { ["cirr"] = 0.1f },
        },
        new("sum", "picture and words added; with an image weight, their weighted average", SumShare,
            NeedsWeights: false, (clip, _) => LateFusion.LateFusionComposer.Sum(clip))
        {
            Also = ["average"],
            PicturesMeaning = MeanPicture,
        },
        new("slerp-raw", "as slerp, of features as long as CLIP made them", WayShare,
            NeedsWeights: false, (clip, _) => LateFusion.LateFusionComposer.Slerp(clip, raw: true))
        {
            PicturesMeaning = MeanRaw,
            UsualImageWeight = LateFusion.LateFusionComposer.SlerpWeight,
        },
        new("sum-raw", "as sum, of features as long as CLIP made them: the longer side counts for more", SumShare,
            NeedsWeights: false, (clip, _) => LateFusion.LateFusionComposer.Sum(clip, raw: true))
        {
            Also = ["average-raw"],
            PicturesMeaning = MeanRaw,
        },
        new("searle-oti",
            "the picture as a word in the caption, found by optimisation for each picture; nothing is trained (ICCV 2023)",
            OfSentences, NeedsWeights: false, Searle.SearleOtiComposer.Open)
        {
            WritesSentences = true,
        },
        new("text", "the words alone", Nothing,
            NeedsWeights: false, (clip, _) => LateFusion.LateFusionComposer.Text(clip))
        {
            PicturesMeaning = Nothing,
            UsualImageWeight = null,
        },
        new("image", "the picture alone", Nothing,
            NeedsWeights: false, (clip, _) => LateFusion.LateFusionComposer.Image(clip))
        {
            PicturesMeaning = MeanPicture,
            UsualImageWeight = null,
        },
    ];

    /// <exception cref="CirrusException">There is no such method.</exception>
    public static Method Find(string name) => All.FirstOrDefault(m => m.Name == name || m.Also.Contains(name))
        ?? throw new CirrusException($"There is no method '{name}'.",
            hint: $"methods are: {string.Join(", ", All.Select(m => m.Name))}");
}
