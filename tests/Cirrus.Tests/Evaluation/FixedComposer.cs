using Cirrus.Methods;

namespace Cirrus.Tests.Evaluation;

/// <summary>Gives vectors that are known beforehand, and remembers what it was asked.</summary>
internal sealed class FixedComposer(params float[][] vectors) : Composer
{
    public List<Composition> Asked { get; } = [];

    public override string Name => "fixed";

    public override bool ReadsAvoided => ReadsWords;

    public bool ReadsWords { get; init; }

    public override float[] Compose(IReadOnlyList<Composition> queries)
    {
        Asked.AddRange(queries);
        return [.. vectors.SelectMany(v => v)];
    }

    public override string Prompt(string? text, bool hasPicture) => text ?? "";
}
