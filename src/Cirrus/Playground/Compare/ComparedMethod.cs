using Cirrus.Evaluation;
using Cirrus.Methods;

namespace Cirrus.Playground.Compare;

/// <summary>A method in a comparison, with what it costs.</summary>
/// <param name="Evaluated">as it is evaluated; its composer is the comparison's.</param>
/// <param name="Weights">what it was opened with; null when it needs none.</param>
/// <param name="Parameters">numbers in the file of the trained part; 0 when nothing is trained.</param>
public sealed record ComparedMethod(Method Method, EvaluatedMethod Evaluated, string? Weights, long Parameters)
{
    public string Name => Evaluated.Name;

    /// <summary>Trained on right answers (triplets): not zero-shot, so compared apart.</summary>
    public bool Supervised => Method.Training is { Data: TrainingDataKind.Triplets };

    /// <summary>What people want to know first of a method.</summary>
    public string Kind => !Method.NeedsWeights ? "not trained" : Supervised ? "supervised" : "zero-shot";

    /// <summary>"captions", "pictures", "triplets", "captioned pictures", or nothing.</summary>
    public string LearnsFrom => Method.NeedsWeights ? Method.Training?.LearnsFrom ?? "nothing" : "nothing";
}

/// <summary>What one query costs, one at a time: medians in milliseconds.</summary>
/// <param name="Compose">from the picture's feature and the words to the query's vector, the text tower included.</param>
/// <param name="WithPicture">the same from the reference's pixels.</param>
public sealed record QueryTime(double Compose, double WithPicture);

/// <summary>A trained method on one backbone: a point of the curve of training time against mAP@10 (LinCIR's figure 1).</summary>
/// <param name="BackboneParameters">of the whole CLIP.</param>
/// <param name="Map">mAP@10, mean of families, truth "concept", seen pairs.</param>
public sealed record SizePoint(string Backbone, long BackboneParameters, string Method, double TrainSeconds, Score Map);

/// <summary>Everything a comparison found out.</summary>
/// <param name="Times">a method each, in order.</param>
/// <param name="Sizes">empty when one backbone was looked at.</param>
public sealed record ComparisonResult(PlaygroundResult Evaluation, IReadOnlyList<ComparedMethod> Methods,
    IReadOnlyList<QueryTime> Times, IReadOnlyList<SizePoint> Sizes);
