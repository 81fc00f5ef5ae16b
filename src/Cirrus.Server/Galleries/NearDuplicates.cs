using System.Numerics.Tensors;
using Cirrus.Gallery;
using Cirrus.Server.Api;
using Cirrus.Server.Queries;

namespace Cirrus.Server.Galleries;

/// <summary>Groups of pictures of a gallery that are nearly the same, the largest of each first.</summary>
internal static class NearDuplicates
{
    /// <exception cref="OperationCanceledException">Nobody waits any more.</exception>
    public static IReadOnlyList<DuplicateGroup> Of(Retriever retriever, CancellationToken stop) =>
        retriever.Look(g => g.Duplicates(Folding.Same, stop: stop).Select(members => Group(g, members)).ToArray());

    private static DuplicateGroup Group(GalleryFolder gallery, IReadOnlyList<GalleryItem> members)
    {
        GalleryItem[] order = [.. members.OrderByDescending(m => (long)m.Width * m.Height).ThenByDescending(m => m.Size).ThenBy(m => m.Id)];
        ReadOnlyMemory<float> best = gallery.Row(order[0].Id)!.Value;
        return new([.. order.Select(m => new DuplicateInfo(m.Id, m.Path, m.Width, m.Height,
            m.Hash == order[0].Hash ? 1 : TensorPrimitives.Dot(best.Span, gallery.Row(m.Id)!.Value.Span)))]);
    }
}
