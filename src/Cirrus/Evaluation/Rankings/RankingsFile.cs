using System.Globalization;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Tensors;

namespace Cirrus.Evaluation.Rankings;

/// <summary>
/// Rankings that someone else made, read from a JSON object: query id → list of candidate ids, best first
/// (docs/formats.md, Rankings).
/// </summary>
/// <param name="Data">the benchmark, with the queries of one family alone where that was asked for.</param>
/// <param name="Ranked">for each query the places of its list; -1: a picture that is never right.</param>
public sealed record RankingsFile(BenchmarkData Data, int[][] Ranked)
{
    private const long MostBytes = 1L << 30;

    /// <summary>What people should know of the lists: for stderr.</summary>
    public IReadOnlyList<string> Notes => [.. Remarks()];

    /// <param name="family">null: all families, whose queries are then named with them.</param>
    /// <exception cref="CirrusException">The benchmark's answers are not public, or the file is not what it should be;
    /// query and id are named.</exception>
    public static RankingsFile Read(string path, BenchmarkData data, string? family = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        data = data with { Protocol = data.ProtocolOfRankings ?? data.Protocol };
        if (data.Benchmark.Metrics.Count == 0)
            throw new CirrusException($"The answers of {data.Protocol} are not public: rankings cannot be scored.",
                hint: $"score {data.Source.Splits[0]}; cirrus eval --validate FILE checks a file for the authors' server");
        string[] families = [.. data.Benchmark.Queries.Select(q => q.Family).Distinct()];
        if (family is not null && !families.Contains(family))
            throw new CirrusException($"{data.Source.Name} has no family '{family}'.",
                hint: $"it has: {string.Join(", ", families)}");
        Reader reader = new(path, family is null ? data : data with { Benchmark = data.Benchmark.Only(family) }, families, family);
        ListReader.Read(path, ListReader.Load(path, MostBytes).Span, reader.Take);
        return reader.Done();
    }

    private IEnumerable<string> Remarks()
    {
        int depth = Data.Benchmark.Metrics.Max(m => m.Depth), none = Ranked.Count(r => r.Length == 0);
        int brief = Ranked.Where((r, q) => r.Length > 0 && r.Length < Math.Min(depth, Gallery(q))).Count();
        if (!Data.GalleryKnown)
            yield return "the list of the gallery is missing: any whole number counted as one of its pictures";
        if (none > 0)
            yield return $"{none} of {Ranked.Length} lists are empty: misses";
        string last = Data.Benchmark.Metrics.Any(m => m.Depth == int.MaxValue) ? ", and counts as the last place" : "";
        if (brief > 0)
            yield return $"{brief} of {Ranked.Length} lists hold fewer than {Math.Min(depth, Gallery(0))} names: "
                + $"what they lack is not found{last}";
        int unranked = 0, lost = 0;
        for (int q = 0; q < Ranked.Length; q++)
        {
            BenchmarkQuery query = Data.Benchmark.Queries[q];
            int[] lacking = [.. (query.Subset ?? []).Except(Ranked[q])
                .Where(place => !Data.Benchmark.DropReference || place != query.Itself)];
            unranked += lacking.Length > 0 ? 1 : 0;
            lost += lacking.Intersect(query.Targets[0]).Any() ? 1 : 0;
        }
        if (unranked > 0)
            yield return $"{unranked} of {Ranked.Length} lists lack members of their query's subset, {lost} of them the "
                + "target: these are misses of R_subset (complete rankings have none)";
    }

    private int Gallery(int q) => Data.Benchmark.Queries[q].Among?.Length
        ?? (Data.GalleryKnown ? Data.Benchmark.Candidates.Count - (Data.Benchmark.DropReference
            && Data.Benchmark.Queries[q].Itself >= 0 ? 1 : 0) : int.MaxValue);

    /// <summary>Takes names and lists as they come.</summary>
    private sealed class Reader(string path, BenchmarkData data, string[] families, string? family)
    {
        private readonly IdLookup _queries = new([.. data.Benchmark.Queries.Select(q => q.Id)], paths: false);
        private readonly CandidateLookup _candidates = new(path, data);
        private readonly int[]?[] _ranked = new int[data.Benchmark.Queries.Count][];

        public void Take(ListedQuery listed)
        {
            if (listed is { Family: null, Name: "version" or "metric" })
            {
                if (listed is { Name: "metric", Other: "recall_subset" })
                    throw new CirrusException($"'{path}' ranks groups alone (metric recall_subset).",
                        hint: "score the file of metric recall: R_subset is read off whole rankings");
                return;
            }
            if (listed.Family is string around && !families.Contains(around))
                throw new CirrusException($"'{path}' has an object '{around}', which is no family of {data.Source.Name}.",
                    hint: families.Length > 1
                        ? $"families are: {string.Join(", ", families)}"
                        : $"queries stand at the top, like '{data.Benchmark.Queries[0].Id}'");
            if (family is not null && IsOther(listed))
                return;
            int query = Find(listed);
            if (query < 0)
            {
                string name = listed.Family is null ? listed.Name : $"{listed.Family}/{listed.Name}";
                string plainly = families.Length > 1 && family is null ? ", or plainly with --family" : "";
                throw new CirrusException($"'{path}' has a query '{name}', which {data.Protocol} has not"
                    + $"{(query == IdLookup.Several ? " once" : "")}.",
                    hint: $"its queries are named like '{data.Benchmark.Queries[0].Id}'{plainly}");
            }
            BenchmarkQuery asked = data.Benchmark.Queries[query];
            if (listed.Other is not null)
                throw new CirrusException($"'{path}', query '{asked.Id}': {listed.Other} instead of a list.",
                    hint: "wanted is a list of candidate ids, best first; an empty one is a miss");
            if (_ranked[query] is not null)
                throw new CirrusException($"'{path}' has the query '{asked.Id}' twice.", hint: "one list a query");
            _ranked[query] = _candidates.Places(asked, listed.Ids);
        }

        public RankingsFile Done()
        {
            string[] missing = [.. data.Benchmark.Queries.Where((_, q) => _ranked[q] is null).Select(q => $"'{q.Id}'")];
            return missing.Length == 0 ? new(data, [.. _ranked.Select(r => r!)])
                : throw new CirrusException(string.Create(CultureInfo.InvariantCulture,
                    $"'{path}' has no ranking for {missing.Length} of {_ranked.Length} queries: "
                        + $"{string.Join(", ", missing.Take(5))}{(missing.Length > 5 ? ", ..." : "")}."),
                    hint: $"every query of {data.Protocol} needs a list; an empty one is a "
                        + $"miss{(families.Length > 1 && family is null ? "; --family scores one family alone" : "")}");
        }

        /// <summary>A query of a family that is not asked about.</summary>
        private bool IsOther(ListedQuery listed) => listed.Family is string around ? around != family
            : families.Any(f => f != family && listed.Name.StartsWith(f + "/", StringComparison.Ordinal));

        private int Find(ListedQuery listed)
        {
            string? within = listed.Family ?? family ?? (families.Length == 1 ? families[0] : null);
            int query = within is null ? IdLookup.None : _queries.Find($"{within}/{listed.Name}");
            if (query == IdLookup.None)
                query = _queries.Find(listed.Name);
            return query >= 0 && listed.Family is string f && data.Benchmark.Queries[query].Family != f ? IdLookup.None : query;
        }
    }
}
