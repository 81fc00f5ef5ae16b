using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Cirrus.Gallery;
using Cirrus.Server.Api;
using Cirrus.Server.Queries;

namespace Cirrus.Server.Galleries;

/// <summary>Groups of pictures of a gallery that are nearly the same, the largest of each first; found once for each state of it.</summary>
internal static class NearDuplicates
{
    private static readonly ConditionalWeakTable<GalleryView, Lazy<IReadOnlyList<DuplicateGroup>>> Found = [];

    public static IReadOnlyList<DuplicateGroup> Of(GalleryView view, Retriever retriever) =>
        Found.GetValue(view, _ => new(() => retriever.Look(g => g.Duplicates(Folding.Same).Select(members => Group(g, members)).ToArray()))).Value;

    private static DuplicateGroup Group(GalleryFolder gallery, IReadOnlyList<GalleryItem> members)
    {
        GalleryItem[] order = [.. members.OrderByDescending(m => (long)m.Width * m.Height).ThenByDescending(m => m.Size).ThenBy(m => m.Id)];
        ReadOnlyMemory<float> best = gallery.Row(order[0].Id)!.Value;
        return new([.. order.Select(m => new DuplicateInfo(m.Id, m.Path, m.Width, m.Height,
            m.Hash == order[0].Hash ? 1 : TensorPrimitives.Dot(best.Span, gallery.Row(m.Id)!.Value.Span)))]);
    }
}
