using Cirrus.Tensors;

namespace Cirrus.Playground;

/// <summary>What <see cref="PlaygroundEvaluation"/> asks.</summary>
public sealed record PlaygroundEvaluationOptions
{
    /// <summary>Test galleries a split, each with queries of its own.</summary>
    public int Seeds { get; init; } = 4;

    public ulong FirstSeed { get; init; } = 1;

    /// <summary>Queries a seed; each is asked in a plain wording and as a contrast.</summary>
    public int Queries { get; init; } = 400;

    /// <summary>"seen": pairs of kind and colour that training has shown; "unseen": pairs it never has.</summary>
    public IReadOnlyList<string> Splits { get; init; } = ["seen", "unseen"];

    /// <summary>Chooses the weights of sum and slerp on a validation gallery and reports them as methods of their own.</summary>
    public bool Tune { get; init; } = true;

    /// <summary>Where a method reads negative words and masks: asks what these do, and what its steps are worth.</summary>
    public bool Steering { get; init; } = true;

    /// <summary>CIRR's way: the reference is taken out of its query's ranking.</summary>
    public bool DropReference { get; init; }

    /// <exception cref="CirrusException">A number is out of its range.</exception>
    internal PlaygroundEvaluationOptions Check() => Seeds >= 1 && Queries >= 14 && Splits.Count > 0 && Splits.All(s => s is "seen" or "unseen")
        ? this
        : throw new CirrusException("The evaluation's options are out of range.", hint: "seeds >= 1, queries >= 14, splits are seen and unseen");
}
