namespace Cirrus.Evaluation.Benchmarks;

/// <summary>A number that the official download is known to have.</summary>
/// <param name="Published">null: not known.</param>
public sealed record BenchmarkCount(string What, long Found, long? Published)
{
    public bool Differs => Published is long published && published != Found;
}

/// <summary>A benchmark as its annotation files describe it, with the pictures it needs.</summary>
/// <param name="Benchmark">candidates, queries, metrics.</param>
/// <param name="Source">which entry of <see cref="BenchmarkSource.All"/> read it.</param>
/// <param name="Protocol">for reports: "fashioniq-val original".</param>
/// <param name="Pictures">each once.</param>
/// <param name="Candidates">for each candidate of the benchmark its picture's place among <paramref name="Pictures"/>.</param>
/// <param name="References">the same for each reference.</param>
/// <param name="Counts">what was found beside what the official download has.</param>
public sealed record BenchmarkData(Benchmark Benchmark, BenchmarkSource Source, string Protocol, IReadOnlyList<BenchmarkPicture> Pictures,
    IReadOnlyList<int> Candidates, IReadOnlyList<int> References, IReadOnlyList<BenchmarkCount> Counts)
{
    /// <summary>False: what papers print was counted otherwise (another protocol, a stand-in gallery), and is not put beside these results.</summary>
    public bool Comparable { get; init; } = true;

    /// <summary>What a reader of the results must know about the data; printed and kept with them.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>How the reference is treated, where it is among the candidates: for reports.</summary>
    public string ReferenceHandling => Benchmark.DropReference ? "the reference is taken out of its query's ranking"
        : Benchmark.Queries.Any(q => q.Itself >= 0)
        ? "the reference stays in the ranking"
        : "the reference is not put among the candidates, nor taken out where it is one";

    /// <summary>
    /// True: rankings of others name candidates by their positions in the query's own list, for ids occur several times
    /// in one (GeneCIS).
    /// </summary>
    public bool ByPosition { get; init; }

    /// <summary>
    /// The protocol of rankings that others made, to which a stand-in for the gallery does not matter; null:
    /// <see cref="Protocol"/>.
    /// </summary>
    public string? ProtocolOfRankings { get; init; }

    /// <summary>
    /// False: there are more candidates than the files at hand tell (CIRCO without COCO's list); any other whole number
    /// is then a wrong answer.
    /// </summary>
    public bool GalleryKnown { get; init; } = true;
}
