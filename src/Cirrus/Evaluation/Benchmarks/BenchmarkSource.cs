using Cirrus.Tensors;

namespace Cirrus.Evaluation.Benchmarks;

/// <summary>A benchmark that can be read. The list of all stands in <see cref="All"/>; the CLI lists them from there.</summary>
/// <param name="Name">as typed after <c>cirrus eval</c>.</param>
/// <param name="Summary">one line for people.</param>
/// <param name="Splits">the first is read unless another is asked for.</param>
/// <param name="Read">reads annotation files; pictures are not opened.</param>
public sealed record BenchmarkSource(string Name, string Summary, IReadOnlyList<string> Splits, Func<BenchmarkRequest, BenchmarkData> Read)
{
    /// <summary>Ways of counting that are published; the first is used unless another is asked for.</summary>
    public IReadOnlyList<string> Protocols { get; init; } = ["published"];

    /// <summary>True when a protocol leaves something to chance: then <see cref="BenchmarkRequest.Seed"/> is read.</summary>
    public bool Draws { get; init; }

    /// <summary>Printed where results are: terms of the annotations' licence that bind users.</summary>
    public string? Terms { get; init; }

    public static IReadOnlyList<BenchmarkSource> All { get; } =
    [
        Cirr.Source,
        Circo.Source,
        FashionIq.Source,
        GeneCis.Source,
        ImageNetR.Source,
        CocoComposition.Source,
        Custom.Source,
    ];

    /// <exception cref="CirrusException">There is no such benchmark.</exception>
    public static BenchmarkSource Find(string name) => All.FirstOrDefault(s => s.Name == name)
        ?? throw new CirrusException($"There is no benchmark '{name}'.", hint: $"benchmarks are: {string.Join(", ", All.Select(s => s.Name))}");

    /// <summary>Reads it, with split and protocol filled in.</summary>
    /// <exception cref="CirrusException">A file is missing or wrong, or it has no such split or protocol.</exception>
    public BenchmarkData Open(BenchmarkRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        (string split, string protocol) = (OneOf("split", request.Split, Splits), OneOf("protocol", request.Protocol, Protocols));
        BenchmarkData data = Read(request with { Split = split, Protocol = protocol });
        return data.Benchmark.Queries.Count > 0 ? data : throw new CirrusException($"{Name} in '{request.Data}' has no query.",
            hint: "its list of queries is empty: get the files again");
    }

    private string OneOf(string what, string? asked, IReadOnlyList<string> known) => asked is null ? known[0] : known.Contains(asked) ? asked
        : throw new CirrusException($"{Name} has no {what} '{asked}'.", hint: $"it has: {string.Join(", ", known)}");
}
