namespace Cirrus.Evaluation;

/// <summary>One composed query of a benchmark. Candidates are named by their number in <see cref="Benchmark.Candidates"/>.</summary>
/// <param name="Reference">the reference picture's number; −1 when it is no candidate.</param>
/// <param name="Texts">how the wanted picture differs: one caption, or two for the benchmarks that have two.</param>
/// <param name="Family">the kind of change, for breakdowns.</param>
/// <param name="Truths">one set of right candidates for each of <see cref="Benchmark.Truths"/>, in that order.</param>
/// <param name="Unchanged">pictures of the unchanged scene, wrong by definition: how often one comes first is reported.</param>
public sealed record BenchmarkQuery(int Reference, IReadOnlyList<string> Texts, string Family, IReadOnlyList<IReadOnlySet<int>> Truths,
    IReadOnlySet<int> Unchanged);

/// <summary>Data of a benchmark: a gallery, queries and what counts as right. One evaluator runs them all.</summary>
/// <param name="Candidates">the gallery's ids, in the order that breaks ties.</param>
/// <param name="Truths">names of the notions of being right, the main one first.</param>
/// <param name="DropReference">CIRR takes the reference out of the ranking; CIRCO, FashionIQ and the Playground leave it in.</param>
public sealed record Benchmark(string Name, IReadOnlyList<string> Candidates, IReadOnlyList<BenchmarkQuery> Queries, IReadOnlyList<string> Truths,
    bool DropReference = false);
