using Cirrus.Gallery;
using Cirrus.Imaging;
using Cirrus.Server.Api;
using Cirrus.Server.Errors;
using Cirrus.Server.Galleries;
using Cirrus.Tensors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Cirrus.Server.Routes;

/// <summary>Galleries and their pictures.</summary>
internal static class GalleryRoutes
{
    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapGet("/galleries", List).WithName("listGalleries").WithSummary("All galleries here.").WithTags("Galleries");
        v1.MapGet("/galleries/{gallery}", Get).WithName("getGallery").WithSummary("Counts, model, methods with weights, index, freshness, and what filters can choose from.")
            .WithTags("Galleries").Problems(404);
        v1.MapGet("/galleries/{gallery}/items/{id:long}", Item).WithName("getItem").WithSummary("What is known of a picture.").WithTags("Items").Problems(404);
        v1.MapGet("/galleries/{gallery}/items/{id:long}/image", Image).WithName("getImage").WithSummary("The picture's file, whole or a range of it.").WithTags("Items")
            .Produces<byte[]>(200, "image/jpeg", "image/png", "image/webp", "application/octet-stream").Produces(206).Produces(304).Problems(404);
        v1.MapGet("/galleries/{gallery}/items/{id:long}/thumbnail", Thumbnail).WithName("getThumbnail").WithSummary("A small JPEG of the picture: 80, 160, 320, 640 or 1280 wide, at least w.")
            .WithTags("Items").Produces<byte[]>(200, "image/jpeg").Produces(304).Problems(400, 404, 422);
    }

    private static Ok<GalleryList> List(GalleryHost galleries) =>
        TypedResults.Ok(new GalleryList([.. galleries.All.Select(g => new GallerySummary(g.Name, g.View.Items.Count, g.View.Space.Model, g.State))]));

    private static Ok<GalleryInfo> Get(string gallery, GalleryHost galleries)
    {
        GalleryService g = galleries.Find(gallery);
        GalleryView view = g.View;
        CirrusException? failure = g.Failure as CirrusException;
        return TypedResults.Ok(new GalleryInfo(g.Name, Path.GetFileName(view.Root), view.Items.Count, view.Problems.Count, g.State, failure?.Message, failure?.Hint,
            new(view.Space.Model, view.Space.Fingerprint, view.Space.P, Preprocessing.Parse(view.Space.Preprocessing).Size, view.Space.Preprocessing, view.Space.Orientation),
            g.Ready?.DefaultMethod, g.Methods, new("Flat", "CosineSimilarity"), view.IndexedAt, null, view.Facets));
    }

    private static Ok<ItemInfo> Item(string gallery, long id, GalleryHost galleries) => TypedResults.Ok(Facets.Info(Find(galleries.Find(gallery), id).Item));

    private static FileStreamHttpResult Image(string gallery, long id, GalleryHost galleries, HttpContext http)
    {
        (GalleryItem item, FileInfo file, _) = File(galleries.Find(gallery), id);
        FileStream content;
        try
        {
            content = file.OpenRead();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Gone(item, e);
        }
        byte[] start = new byte[16];
        int read = content.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        content.Position = 0;
        http.Response.Headers.CacheControl = "private, no-cache";
        return TypedResults.Stream(content, PictureKind.MediaType(start.AsSpan(0, read)) ?? "application/octet-stream", fileDownloadName: null, lastModified: file.LastWriteTimeUtc,
            entityTag: new EntityTagHeaderValue($"\"{item.Hash}-{file.Length}-{file.LastWriteTimeUtc.Ticks}\""), enableRangeProcessing: true);
    }

    private static async Task<FileContentHttpResult> Thumbnail(string gallery, long id, GalleryHost galleries, Thumbnails thumbnails, HttpContext http, int w = 320)
    {
        if (w is < 1 or > 10_000)
            throw ApiException.Invalid(new FieldError("w", "out_of_range", $"{w} is no width.", "from 1 to 10000; what is made is 80, 160, 320, 640 or 1280 wide"));
        (GalleryItem item, FileInfo file, GalleryView view) = File(galleries.Find(gallery), id);
        int width = Thumbnails.Clamp(w);
        string tag = Thumbnails.Tag(item, width);
        http.Response.Headers.CacheControl = "private, no-cache";
        bool known = http.Request.GetTypedHeaders().IfNoneMatch.Any(t => t.Tag == $"\"{tag}\"");
        byte[] jpeg = known ? [] : await thumbnails.Get(item, file, width, view.Space.Orientation == "stored" ? Orientation.Stored : Orientation.Exif, http.RequestAborted);
        return TypedResults.Bytes(jpeg, "image/jpeg", entityTag: new EntityTagHeaderValue($"\"{tag}\""));
    }

    private static (GalleryItem Item, GalleryView View) Find(GalleryService gallery, long id)
    {
        GalleryView view = gallery.View;
        return (view.Find(id) ?? throw ApiException.NotFound("unknown_item", $"Gallery '{gallery.Name}' has no picture {id}.", "ids are those of search's hits"), view);
    }

    private static (GalleryItem Item, FileInfo File, GalleryView View) File(GalleryService gallery, long id)
    {
        (GalleryItem item, GalleryView view) = Find(gallery, id);
        return (item, view.FileOf(item) ?? throw Gone(item, null), view);
    }

    private static ApiException Gone(GalleryItem item, Exception? e) =>
        new(404, "file_gone", $"The file of picture {item.Id} is not there any more.", "refresh the gallery", e);
}
