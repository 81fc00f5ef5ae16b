using System.Text.Json.Serialization;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods.CompoDiff;

/// <summary>Every number of a CompoDiff training; the defaults are the paper's, as far as they are known (methods: 5.9).</summary>
public sealed record CompoDiffOptions
{
    /// <summary>Of both stages.</summary>
    public int Steps { get; init; } = 1_200_000;

    /// <summary>The part of the steps that sees captioned pictures alone; the others mix captions, hidden parts and triplets 30 : 30 : 40.</summary>
    public double FirstShare { get; init; } = 1_000_000 / 1_200_000d;

    /// <summary>Samples a step of the first stage.</summary>
    public int Batch { get; init; } = 4096;

    public int SecondBatch { get; init; } = 2048;

    /// <summary>Of the first stage.</summary>
    public double LearningRate { get; init; } = 1e-4;

    public double SecondRate { get; init; } = 1e-5;

    /// <summary>Of all weights, gains and biases too.</summary>
    public float WeightDecay { get; init; } = 0.06f;

    public float Beta1 { get; init; } = 0.9f;

    public float Beta2 { get; init; } = 0.999f;

    public float Epsilon { get; init; } = 1e-8f;

    /// <summary>
    /// Times and noises that a sample is given in a step, 1 in the paper: words, picture and mask go through the
    /// network once for all of them.
    /// </summary>
    public int Draws { get; init; } = 1;

    /// <summary>The chance of each sample to lose its words, and its picture.</summary>
    public float DropCondition { get; init; } = 0.1f;

    /// <summary>Blocks of the network.</summary>
    public int Depth { get; init; } = 12;

    /// <summary>Heads of the self-attention.</summary>
    public int Heads { get; init; } = 16;

    public int HeadSize { get; init; } = 64;

    /// <summary>Positions of a text that the network reads; 0: all of its CLIP, 77.</summary>
    public int TextPositions { get; init; }

    /// <summary>Of the finished network, where a query does not say: how hard the picture pulls (<see cref="SamplingOptions.ImageScale"/>).</summary>
    public float ImageScale { get; init; } = 1.5f;

    /// <summary>Likewise the words.</summary>
    public float TextScale { get; init; } = 7.5f;

    /// <summary>Likewise how many samples are averaged.</summary>
    public int Samples { get; init; } = 2;

    /// <summary>Likewise how much of the first estimate is kept (<see cref="SamplingOptions.KeepFirst"/>).</summary>
    public float KeepFirst { get; init; }

    /// <summary>The id that fills texts up.</summary>
    public int PadId { get; init; }

    public ulong Seed { get; init; } = 12345;

    /// <summary>Steps between checkpoints; one more is written at the end.</summary>
    public int CheckpointEvery { get; init; } = 1000;

    /// <summary>Steps on captioned pictures alone.</summary>
    internal int FirstSteps => (int)Math.Round(Steps * FirstShare);

    /// <exception cref="CirrusException">A number is out of its range.</exception>
    public CompoDiffOptions Check()
    {
        OptionText.Require(Steps >= 1, nameof(Steps), Steps, "1 or more");
        OptionText.Require(FirstShare is >= 0 and <= 1, nameof(FirstShare), FirstShare, "from 0 to 1");
        OptionText.Require(Batch >= 1, nameof(Batch), Batch, "1 or more");
        OptionText.Require(SecondBatch >= 1, nameof(SecondBatch), SecondBatch, "1 or more");
        OptionText.Require(LearningRate >= 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "0 or more");
        OptionText.Require(SecondRate >= 0 && double.IsFinite(SecondRate), nameof(SecondRate), SecondRate, "0 or more");
        OptionText.RequireAdamW(WeightDecay, Beta1, Beta2, Epsilon);
        OptionText.Require(Draws is >= 1 and <= 64, nameof(Draws), Draws, "from 1 to 64");
        OptionText.Require(DropCondition is >= 0 and <= 1, nameof(DropCondition), DropCondition, "from 0 to 1");
        OptionText.Require(Depth is >= 1 and <= 64, nameof(Depth), Depth, "from 1 to 64");
        OptionText.Require(Heads is >= 1 and <= 64, nameof(Heads), Heads, "from 1 to 64");
        OptionText.Require(HeadSize is >= 2 and <= 256 && HeadSize % 2 == 0, nameof(HeadSize), HeadSize, "an even number from 2 to 256");
        OptionText.Require(TextPositions is 0 or >= 2, nameof(TextPositions), TextPositions, "2 or more, or 0 for all");
        OptionText.Require(PadId >= 0, nameof(PadId), PadId, "0 or more");
        new SamplingOptions { ImageScale = ImageScale, TextScale = TextScale, Samples = Samples, KeepFirst = KeepFirst }.Check();
        OptionText.Require(CheckpointEvery >= 1, nameof(CheckpointEvery), CheckpointEvery, "1 or more");
        return this;
    }
}

/// <summary>How options are written to run.json and read from it.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CompoDiffOptions))]
public sealed partial class CompoDiffJson : JsonSerializerContext;
