using Cirrus.Imaging;
using Cirrus.Server.Api;
using Cirrus.Server.Errors;
using Cirrus.Server.Galleries;
using Cirrus.Server.Jobs;
using Cirrus.Server.Queries;
using Cirrus.Tensors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Cirrus.Server.Routes;

/// <summary>Galleries.</summary>
internal static class GalleryRoutes
{
    private const int MostGroups = 1000;

    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapGet("/galleries", List).WithName("listGalleries").WithSummary("All galleries here.").WithTags("Galleries");
        v1.MapGet("/galleries/{gallery}", Get).WithName("getGallery")
            .WithSummary("Counts, model, methods with weights, index, freshness, and what filters can choose from.")
            .WithTags("Galleries").Problems(404);
        v1.MapGet("/galleries/{gallery}/duplicates", Duplicates).WithName("listDuplicates")
            .WithSummary("Groups of pictures that are nearly the same.").WithTags("Galleries").Problems(400, 404, 409, 503);
    }

    private static Ok<GalleryList> List(GalleryHost galleries) =>
        TypedResults.Ok(new GalleryList([.. galleries.All.Select(g => new GallerySummary(g.Name, g.View.Items.Count, g.View.Space.Model, g.State))]));

    private static Ok<GalleryInfo> Get(string gallery, GalleryHost galleries, JobBoard jobs)
    {
        GalleryService g = galleries.Find(gallery);
        g.Touch();
        GalleryView view = g.View;
        CirrusException? failure = g.Failure as CirrusException;
        return TypedResults.Ok(new GalleryInfo(g.Name, Path.GetFileName(view.Root) ?? g.Name, view.Items.Count,
            Uploads.Unreadable(view.Problems), g.State, failure?.Message, failure?.Hint,
            new(view.Space.Model, view.Space.Fingerprint, view.Space.P, Preprocessing.Parse(view.Space.Preprocessing).Size,
                view.Space.Preprocessing, view.Space.Orientation),
            g.Ready?.DefaultMethod, g.Methods, new(view.IndexKind, "CosineSimilarity"), view.IndexedAt,
                jobs.Running(g)?.Info.Id, view.Facets, g.IsReadOnly));
    }

    private static async Task<Ok<DuplicateList>> Duplicates(string gallery, GalleryHost galleries, CancellationToken stop,
        string? cursor = null, int top = 50)
    {
        if (top is < 1 or > MostGroups)
            throw ApiException.Invalid(new FieldError("top", "out_of_range", $"{top} is out of range.", $"1 to {MostGroups}"));
        int at = Cursor.Read(cursor);
        GalleryService g = galleries.Find(gallery);
        if (g.IsReadOnly)
            throw new ApiException(409, "not_here", $"Gallery '{g.Name}' is in a database, where duplicates are not looked for.",
                "take a folder of it: cirrus gallery import FOLDER --from CONNECTION; cirrus duplicates FOLDER");
        IReadOnlyList<DuplicateGroup> all = await g.NearDuplicatesAsync(stop);
        return TypedResults.Ok(new DuplicateList([.. all.Skip(at).Take(top)], all.Count, Cursor.Write(at + top < all.Count ? at + top : null)));
    }
}
