using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods;

/// <summary>The numbers that the training of every supervised head has.</summary>
public abstract record FusionOptions
{
    /// <summary>Triplets a step; every other target of the batch is a wrong answer.</summary>
    public int Batch { get; init; } = 4096;

    public int Steps { get; init; } = 1_200;

    public double LearningRate { get; init; } = 2e-5;

    public Schedule Schedule { get; init; } = Schedule.Constant;

    public int Warmup { get; init; }

    public float WeightDecay { get; init; }

    public float Beta1 { get; init; } = 0.9f;

    public float Beta2 { get; init; } = 0.999f;

    public float Epsilon { get; init; } = 1e-8f;

    public float Dropout { get; init; }

    /// <summary>Gradients are scaled down together when their norm is larger; 0 leaves them.</summary>
    public float ClipNorm { get; init; }

    /// <summary>What cosines are multiplied by before the softmax.</summary>
    public float LogitScale { get; init; } = 100;

    public ulong Seed { get; init; } = 12345;

    /// <summary>Steps between checkpoints; one more is written at the end.</summary>
    public int CheckpointEvery { get; init; } = 1000;

    /// <summary>
    /// The last so many triplets are kept out of training and give a validation loss at every checkpoint; published
    /// code looks at recall instead.
    /// </summary>
    public int Holdout { get; init; }

    /// <exception cref="CirrusException">A number is out of its range.</exception>
    internal virtual void Check()
    {
        OptionText.Require(Batch >= 2, nameof(Batch), Batch, "2 or more");
        OptionText.Require(Steps >= 1, nameof(Steps), Steps, "1 or more");
        OptionText.Require(LearningRate >= 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "0 or more");
        OptionText.Require(Warmup >= 0, nameof(Warmup), Warmup, "0 or more");
        OptionText.RequireAdamW(WeightDecay, Beta1, Beta2, Epsilon);
        OptionText.Require(Dropout is >= 0 and < 1, nameof(Dropout), Dropout, "from 0 to below 1");
        OptionText.Require(ClipNorm >= 0 && float.IsFinite(ClipNorm), nameof(ClipNorm), ClipNorm, "0 or more");
        OptionText.Require(LogitScale > 0 && float.IsFinite(LogitScale), nameof(LogitScale), LogitScale, "above 0");
        OptionText.Require(CheckpointEvery >= 1, nameof(CheckpointEvery), CheckpointEvery, "1 or more");
        OptionText.Require(Holdout >= 0, nameof(Holdout), Holdout, "0 or more");
    }
}
