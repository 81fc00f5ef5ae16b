using Cirrus.Methods;
using Cirrus.Tensors;

namespace Cirrus.Evaluation;

/// <summary>A composed query with its right answers. All places are rows of the benchmark's lists.</summary>
/// <param name="Reference">the row of the reference picture among <see cref="Benchmark.References"/>.</param>
/// <param name="Itself">the reference's place among the candidates; -1 when it is not one of them.</param>
/// <param name="Captions">how the wanted picture differs; several are one query asked in several ways (as FashionIQ's two).</param>
/// <param name="Targets">for each of <see cref="Benchmark.Truths"/> the right candidates' places; R@K asks for the first.</param>
/// <param name="Family">the kind of change, or the category: results are reported by it.</param>
/// <param name="Wording">null for the plain one; others are reported apart.</param>
/// <param name="Among">the only candidates this query is asked over (a category of FashionIQ, a gallery of GeneCIS), in
/// the order that decides ties; null: all.
/// Queries that share one array are scored together.</param>
/// <param name="Subset">candidates ranked among themselves as well (CIRR's group); null: none.</param>
/// <param name="Unchanged">pictures that show the reference unchanged, itself among them; null: not known.</param>
public sealed record BenchmarkQuery(
    int Reference,
    int Itself,
    IReadOnlyList<string> Captions,
    IReadOnlyList<int[]> Targets,
    string Family,
    string? Wording = null,
    int[]? Among = null,
    int[]? Subset = null,
    int[]? Unchanged = null)
{
    /// <summary>Its name among the queries, as rankings and submissions name it.</summary>
    public string Id { get; init; } = "";

    /// <summary>Captions as some methods are published with them; a form that is not here is <see cref="Captions"/>.</summary>
    public IReadOnlyDictionary<CaptionForm, IReadOnlyList<string>>? Forms { get; init; }

    /// <summary>
    /// The whole sentence, with <c>$</c> for the picture, for methods that write the picture into one; null: their own
    /// around the caption.
    /// </summary>
    public string? Prompt { get; init; }

    /// <summary>Words for what is not wanted ("a fish").</summary>
    public IReadOnlyList<string> Avoided { get; init; } = [];

    /// <summary>
    /// What of the reference is to be changed, [S·S] of 0 and 1 over CLIP's input, its feature then being of what is
    /// left; only some methods read it.
    /// </summary>
    public float[]? Mask { get; init; }

    /// <summary>What kinds of change the caption asks for (CIRCO); a query counts in the row of each.</summary>
    public IReadOnlyList<string> Aspects { get; init; } = [];
}

/// <summary>Candidates, queries and metrics: all that the evaluator knows of a benchmark.</summary>
public sealed class Benchmark
{
    /// <exception cref="ArgumentException">
    /// A query names a picture that is not there, or has not one list of targets a truth.
    /// </exception>
    public Benchmark(string name, string split, IReadOnlyList<string> candidates, IReadOnlyList<string> references,
        IReadOnlyList<string> truths, IReadOnlyList<BenchmarkQuery> queries, IReadOnlyList<Metric> metrics)
    {
        (Name, Split, Candidates, References) = (name, split, candidates, references);
        (Truths, Queries, Metrics) = (truths, queries, metrics);
        for (int q = 0; q < queries.Count; q++)
            Check(q, queries[q]);
    }

    public string Name { get; }

    /// <summary>Which queries these are, as reports print it: "val", "seen".</summary>
    public string Split { get; }

    /// <summary>Ids of the pictures that are ranked, in the order that decides ties.</summary>
    public IReadOnlyList<string> Candidates { get; }

    /// <summary>Ids of the reference pictures.</summary>
    public IReadOnlyList<string> References { get; }

    /// <summary>Names of the ways to count what is right, "target" alone for most.</summary>
    public IReadOnlyList<string> Truths { get; }

    public IReadOnlyList<BenchmarkQuery> Queries { get; }

    public IReadOnlyList<Metric> Metrics { get; }

    /// <summary>True: the reference is taken out of its query's ranking, as CIRR does; CIRCO and FashionIQ keep it.</summary>
    public bool DropReference { get; init; }

    /// <summary>Aspects in the order of reports.</summary>
    public IReadOnlyList<string> Aspects { get; init; } = [];

    /// <summary>How many of the best candidates of a query are kept.</summary>
    public int Depth
    {
        get => Math.Max(field, Metrics.Select(m => m.Depth).DefaultIfEmpty().Max());
        init;
    } = 10;

    /// <summary>A family that is reported but not counted in the mean of families.</summary>
    public IReadOnlyList<string> Apart { get; init; } = [];

    /// <summary>The same with the queries of one family alone.</summary>
    public Benchmark Only(string family) => new(
        Name, Split, Candidates, References, Truths, [.. Queries.Where(q => q.Family == family)], Metrics)
    {
        DropReference = DropReference,
        Aspects = Aspects,
        Depth = Depth,
    };

    /// <exception cref="ArgumentException">There is no such truth.</exception>
    public int IndexOf(string truth) =>
        Truths.ToList().IndexOf(truth) is >= 0 and int i ? i : throw new ArgumentException($"{Name} has no truth '{truth}'.");

    /// <exception cref="ArgumentException">The metric is not asked here.</exception>
    public int IndexOf(Metric metric) => Metrics.ToList().IndexOf(metric) is >= 0 and int i
        ? i : throw new ArgumentException($"{Name} has no {metric.Name}.");

    private void Check(int number, BenchmarkQuery query)
    {
        if (query.Targets.Count != Truths.Count)
            throw new ArgumentException($"Query {number} has {query.Targets.Count} lists of targets for {Truths.Count} truths.");
        if ((uint)query.Reference >= (uint)References.Count)
            throw new ArgumentException($"Query {number} has reference {query.Reference}; there are {References.Count}.");
        if (query.Subset is not null && query.Among is not null)
            throw new ArgumentException($"Query {number} has both a subset and candidates of its own.");
        if (query.Captions.Count == 0)
            throw new ArgumentException($"Query {number} has no caption.");
        int[]? itself = query.Itself < 0 ? null : [query.Itself];
        foreach (int[]? places in (int[]?[])[.. query.Targets, query.Among, query.Subset, query.Unchanged, itself])
            foreach (int place in places ?? [])
                if ((uint)place >= (uint)Candidates.Count)
                    throw new ArgumentException($"Query {number} names candidate {place}; there are {Candidates.Count}.");
    }
}

/// <summary>Features of a benchmark's pictures as the image tower gives them, <b>not</b> normalised.</summary>
/// <param name="P">CLIP's joint size.</param>
/// <param name="Candidates">[candidates, P], row by row.</param>
/// <param name="References">[references, P], row by row.</param>
public sealed record BenchmarkFeatures(int P, float[] Candidates, float[] References)
{
    /// <summary>Places of candidates whose pictures are missing: they are not ranked, and as targets they are misses.</summary>
    public IReadOnlySet<int> MissingCandidates { get; init; } = new HashSet<int>();

    /// <summary>Rows of references whose pictures are missing: their queries are misses.</summary>
    public IReadOnlySet<int> MissingReferences { get; init; } = new HashSet<int>();

    /// <summary>
    /// Patch states of a reference by its row, for methods that look at patches; null where the pictures are not at
    /// hand. Thread-safe.
    /// </summary>
    public Func<int, float[]>? Patches { get; init; }

    /// <summary>Raw features [P] of words, for methods that push away what a query avoids. Thread-safe.</summary>
    public Func<string, float[]>? Words { get; init; }

    public float[] Reference(int row) => References[(row * P)..((row + 1) * P)];

    /// <summary>The mean of the candidates that are there, [P].</summary>
    internal float[] MeanCandidate() => UnitVectors.MeanRow(MissingCandidates.Count == 0 ? Candidates
        : [.. Enumerable.Range(0, Candidates.Length / P).Where(i => !MissingCandidates.Contains(i)).SelectMany(i =>
            Candidates[(i * P)..((i + 1) * P)])], P);

    /// <exception cref="ArgumentException">The features are of other pictures than the benchmark's.</exception>
    /// <exception cref="CirrusException">A feature is not a number.</exception>
    internal void Check(Benchmark benchmark)
    {
        if (Candidates.Length != (long)benchmark.Candidates.Count * P
            || References.Length != (long)benchmark.References.Count * P)
            throw new ArgumentException(
                $"{benchmark.Name} wants [{benchmark.Candidates.Count}, {P}] and [{benchmark.References.Count}, {P}] features, "
                + $"found {Candidates.Length} and {References.Length} numbers.");
        Finite(Candidates, benchmark.Candidates);
        Finite(References, benchmark.References);
    }

    private void Finite(float[] rows, IReadOnlyList<string> ids)
    {
        for (int i = 0; i < rows.Length; i++)
            if (!float.IsFinite(rows[i]))
                throw new CirrusException($"The feature of picture '{ids[i / P]}' is not finite.",
                    hint: "look at the picture and the model's weights; then compute the features again");
    }
}
