using System.Globalization;
using System.Runtime.CompilerServices;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Tensors;

namespace Cirrus.Evaluation.Rankings;

/// <summary>Turns the list of a query into places of the benchmark's candidates.</summary>
internal sealed class CandidateLookup(string path, BenchmarkData data)
{
    private readonly Lazy<IdLookup> _all = new(() => new(data.Benchmark.Candidates));
    private readonly ConditionalWeakTable<int[], IdLookup> _among = [];
    private readonly HashSet<int> _seen = [];
    private readonly HashSet<string> _strangers = new(StringComparer.Ordinal);

    /// <summary>The places of a list, best first; -1 for what a gallery that is not known may have: it is never right.</summary>
    /// <exception cref="CirrusException">An entry is no id, is no candidate of this query, or is there twice.</exception>
    public int[] Places(BenchmarkQuery query, IReadOnlyList<ListedId> ids)
    {
        _seen.Clear();
        _strangers.Clear();
        bool positions = data.ByPosition && ids.All(id => Position(id, query.Among!.Length) >= 0);
        int[] places = new int[ids.Count];
        for (int i = 0; i < places.Length; i++)
        {
            ListedId id = ids[i];
            if (!id.IsId)
                throw Wrong(query, $"entry {i} is {id.Text}", "a ranking holds ids alone: texts or whole numbers");
            places[i] = positions ? query.Among![Position(id, query.Among.Length)] : Place(query, id, i);
            bool fresh = positions ? _seen.Add(Position(id, query.Among!.Length))
                : places[i] >= 0
                ? _seen.Add(places[i]) : _strangers.Add(Ids.Normal(id.Text));
            if (!fresh)
                throw Wrong(query, $"the id '{id.Text}' (entry {i}) is there twice",
                    "a ranking names every candidate once; repeats are refused, not repaired");
        }
        return places;
    }

    private int Place(BenchmarkQuery query, ListedId id, int entry)
    {
        IdLookup lookup = query.Among is int[] among ? _among.GetValue(among, a => new([.. a.Select(Name)], a)) : _all.Value;
        int place = lookup.Find(id.Text);
        if (place >= 0 || (place == IdLookup.None && !data.GalleryKnown && Ids.IsNumber(Ids.Normal(id.Text))))
            return place;
        string positions = data.ByPosition ? string.Create(CultureInfo.InvariantCulture,
            $"candidates are named by their positions, 0 (the target) to {query.Among!.Length - 1}") : "";
        if (place == IdLookup.Several)
            throw Wrong(query, $"'{id.Text}' (entry {entry}) names several candidates",
                data.ByPosition ? positions : "give its whole name");
        bool elsewhere = query.Among is not null && _all.Value.Find(id.Text) != IdLookup.None;
        string other = elsewhere ? "; it belongs to another query's" : "";
        throw Wrong(query, $"'{id.Text}' (entry {entry}) is not in the gallery{other}", data.ByPosition ? positions
            : $"the {query.Among?.Length ?? data.Benchmark.Candidates.Count} candidates of {data.Protocol} are named like "
            + $"'{data.Benchmark.Candidates[query.Among?[0] ?? 0]}'");
    }

    /// <summary>The id of a candidate; of a crop that of its picture.</summary>
    private string Name(int candidate) => data.Benchmark.Candidates[candidate] is var name && data.ByPosition
        && name.IndexOf(' ', StringComparison.Ordinal) is > 0 and int blank ? name[..blank] : name;

    private static int Position(ListedId id, int count) =>
        id.IsId && int.TryParse(id.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int position)
            && position < count ? position : -1;

    private CirrusException Wrong(BenchmarkQuery query, string what, string hint) =>
        new($"'{path}', query '{query.Id}': {what}.", hint: hint);
}
