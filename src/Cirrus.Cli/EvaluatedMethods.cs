using Cirrus.Methods;
using Cirrus.Training;

namespace Cirrus.Cli;

/// <summary>Which methods an evaluation runs.</summary>
internal static class EvaluatedMethods
{
    /// <summary>Those named; else all that need no weights, and the one that the weights are of.</summary>
    public static IEnumerable<Method> Chosen(IReadOnlyList<string>? names, string? weights)
    {
        if (names is not null)
            return names.Distinct().Select(Method.Find);
        string? trained = weights is null ? null : RunFolder.Exists(weights) ? RunFolder.ReadInfo(weights).Method : Method.All.First(m => m.NeedsWeights).Name;
        return Method.All.Where(m => !m.NeedsWeights || m.Name == trained);
    }
}
