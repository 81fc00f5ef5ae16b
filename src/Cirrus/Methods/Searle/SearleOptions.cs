using System.Text.Json.Serialization;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods.Searle;

/// <summary>Every number of a SEARLE training; the defaults are the published ones (methods: 4.4, 4.5).</summary>
/// <remarks>
/// First the training pictures' pseudo-words are found by optimisation (the options that begin with Oti), then φ learns
/// to give them.
/// </remarks>
public sealed record SearleOptions
{
    /// <summary>Pictures a step of φ: each has 2·batch − 2 negatives.</summary>
    public int Batch { get; init; } = 256;

    /// <summary>Phrases that go through the text tower at once: bounds memory, changes results only by rounding.</summary>
    public int MicroBatch { get; init; } = 128;

    /// <summary>Steps of φ; published: 100 epochs of 100,000 pictures, the incomplete last batch dropped.</summary>
    public int Steps { get; init; } = 39_000;

    public double LearningRate { get; init; } = 1e-4;

    public float WeightDecay { get; init; } = 0.01f;

    public float Beta1 { get; init; } = 0.9f;

    public float Beta2 { get; init; } = 0.999f;

    public float Epsilon { get; init; } = 1e-8f;

    /// <summary>Dropout of φ's two hidden layers.</summary>
    public float Dropout { get; init; } = 0.5f;

    public float Temperature { get; init; } = 0.25f;

    /// <summary>Weight of the contrastive loss against the pseudo-words found by optimisation.</summary>
    public float DistilWeight { get; init; } = 1f;

    /// <summary>Weight of the loss that keeps phrases readable.</summary>
    public float PhraseWeight { get; init; } = 0.75f;

    /// <summary>Nearest concepts one of which is drawn for a picture.</summary>
    public int NearestConcepts { get; init; } = 150;

    public ulong Seed { get; init; } = 42;

    /// <summary>Steps of φ between checkpoints; while pseudo-words are made, every fifth batch is one.</summary>
    public int CheckpointEvery { get; init; } = 1000;

    /// <summary>File of concepts: OpenImages' class descriptions (.csv) or a name a line; empty: everyday words of our own.</summary>
    public string Concepts { get; init; } = "";

    /// <summary>File of phrases: the published pickle, .jsonl or text; empty: made by a grammar of our own.</summary>
    public string Phrases { get; init; } = "";

    /// <summary>Pictures trained on, evenly spread over those given; 0: all.</summary>
    public int OtiPictures { get; init; }

    public int OtiSteps { get; init; } = 350;

    public int OtiBatch { get; init; } = 32;

    public double OtiLearningRate { get; init; } = 2e-2;

    /// <summary>Nearest concepts whose phrases an inversion uses.</summary>
    public int OtiConcepts { get; init; } = 15;

    /// <summary>
    /// A folder with image_names.pkl and ema_oti_pseudo_tokens.pt: pictures named there are not inverted again; the
    /// others are added. Empty: none.
    /// </summary>
    public string OtiFolder { get; init; } = "";

    [JsonIgnore]
    public OtiOptions Oti => new()
    {
        Steps = OtiSteps,
        LearningRate = OtiLearningRate,
        Batch = OtiBatch,
        Concepts = OtiConcepts,
        Seed = Seed,
        ConceptFile = Concepts,
        PhraseFile = Phrases,
    };

    /// <exception cref="CirrusException">A number is out of its range.</exception>
    public SearleOptions Check()
    {
        OptionText.Require(Batch >= 2, nameof(Batch), Batch, "2 or more");
        OptionText.Require(MicroBatch >= 1, nameof(MicroBatch), MicroBatch, "1 or more");
        OptionText.Require(Steps >= 1, nameof(Steps), Steps, "1 or more");
        OptionText.Require(LearningRate >= 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "0 or more");
        OptionText.RequireAdamW(WeightDecay, Beta1, Beta2, Epsilon);
        OptionText.Require(Dropout is >= 0 and < 1, nameof(Dropout), Dropout, "from 0 to below 1");
        OptionText.Require(Temperature > 0 && float.IsFinite(Temperature), nameof(Temperature), Temperature, "above 0");
        OptionText.Require(DistilWeight >= 0 && float.IsFinite(DistilWeight), nameof(DistilWeight), DistilWeight, "0 or more");
        OptionText.Require(PhraseWeight >= 0 && float.IsFinite(PhraseWeight), nameof(PhraseWeight), PhraseWeight, "0 or more");
        OptionText.Require(NearestConcepts is >= 1 and <= TextualInversion.Ranked, nameof(NearestConcepts), NearestConcepts,
            $"from 1 to {TextualInversion.Ranked}");
        OptionText.Require(CheckpointEvery >= 1, nameof(CheckpointEvery), CheckpointEvery, "1 or more");
        OptionText.Require(OtiPictures >= 0, nameof(OtiPictures), OtiPictures, "0 or more");
        Oti.Check();
        return this;
    }
}
