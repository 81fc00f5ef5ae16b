using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Cirrus.Gallery;
using Cirrus.Server.Api;
using Cirrus.Server.Queries;

namespace Cirrus.Server.Galleries;

/// <summary>Groups of pictures of a gallery that are nearly the same; found once for each state of it.</summary>
internal static class NearDuplicates
{
    /// <summary>Of more pictures only equal contents are found: every pair is looked at.</summary>
    public const int MostPairsOf = 20_000;

    private static readonly ConditionalWeakTable<GalleryView, Lazy<IReadOnlyList<DuplicateGroup>>> Found = [];

    public static IReadOnlyList<DuplicateGroup> Of(GalleryView view, Retriever retriever) =>
        Found.GetValue(view, v => new(() => Find(v.Items, v.Items.Count <= MostPairsOf ? retriever.Look(g => v.Items.Select(i => g.Row(i.Id)).ToArray()) : []))).Value;

    private static List<DuplicateGroup> Find(IReadOnlyList<GalleryItem> items, ReadOnlyMemory<float>?[] rows)
    {
        int[] parent = [.. Enumerable.Range(0, items.Count)];
        Dictionary<string, int> first = [];
        for (int i = 0; i < items.Count; i++)
            if (!first.TryAdd(items[i].Hash, i))
                Join(parent, first[items[i].Hash], i);
        Parallel.For(0, rows.Length, i =>
        {
            for (int j = 0; j < i; j++)
                if (rows[i] is { } a && rows[j] is { } b && TensorPrimitives.Dot(a.Span, b.Span) >= Folding.Same)
                    lock (parent)
                        Join(parent, j, i);
        });
        return [.. Enumerable.Range(0, items.Count).GroupBy(i => Root(parent, i)).Where(g => g.Count() > 1).OrderBy(g => g.Key).Select(g => Group([.. g], items, rows))];
    }

    private static DuplicateGroup Group(int[] members, IReadOnlyList<GalleryItem> items, ReadOnlyMemory<float>?[] rows)
    {
        int[] order = [.. members.OrderByDescending(m => (long)items[m].Width * items[m].Height).ThenByDescending(m => items[m].Size).ThenBy(m => items[m].Id)];
        return new([.. order.Select(m => new DuplicateInfo(items[m].Id, items[m].Path, items[m].Width, items[m].Height,
            items[m].Hash == items[order[0]].Hash || rows.Length == 0 ? 1 : TensorPrimitives.Dot(rows[order[0]]!.Value.Span, rows[m]!.Value.Span)))]);
    }

    private static int Root(int[] parent, int i)
    {
        while (parent[i] != i)
            i = parent[i];
        return i;
    }

    private static void Join(int[] parent, int a, int b)
    {
        (int x, int y) = (Root(parent, a), Root(parent, b));
        parent[Math.Max(x, y)] = Math.Min(x, y);
    }
}
