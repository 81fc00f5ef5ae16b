using Cirrus.Gallery;
using Cirrus.Imaging;
using Cirrus.Server.Api;
using Cirrus.Server.Errors;
using Cirrus.Server.Galleries;
using Cirrus.Server.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Cirrus.Server.Routes;

/// <summary>Pictures of galleries: by id only, never by path.</summary>
internal static class ItemRoutes
{
    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapGet("/galleries/{gallery}/items/{id:long}", Item).WithName("getItem").WithSummary("What is known of a picture.")
            .WithTags("Items").Problems(404);
        v1.MapGet("/galleries/{gallery}/items/{id:long}/image", Image).WithName("getImage")
            .WithSummary("The picture's file, whole or a range of it.").WithTags("Items")
            .Produces<byte[]>(200, "image/jpeg", "image/png", "image/webp", "application/octet-stream").Produces(206).Produces(304).Problems(404);
        v1.MapGet("/galleries/{gallery}/items/{id:long}/thumbnail", Thumbnail).WithName("getThumbnail")
            .WithSummary("A small JPEG of the picture, at least w wide: 80, 160, 320, 640 or 1280.")
            .WithTags("Items").Produces<byte[]>(200, "image/jpeg").Produces(304).Problems(400, 404, 422);
        v1.MapPost("/galleries/{gallery}/items", Add).WithName("addItems").WithSummary(
            "Add uploaded pictures: parts of a form, or one as the body. The same content is added once.").WithTags("Items")
            .Accepts<IFormFileCollection>("multipart/form-data", "application/octet-stream", "image/jpeg", "image/png",
                "image/webp").Produces<UploadAnswer>(201).Problems(400, 404, 409, 413, 415, 422, 503);
        v1.MapDelete("/galleries/{gallery}/items/{id:long}", Forget).WithName("forgetItem")
            .WithSummary("Forget a picture. A file that was uploaded is deleted, one of your own folder stays.").WithTags("Items")
            .Problems(404, 409);
    }

    private static Ok<ItemInfo> Item(string gallery, long id, GalleryHost galleries) =>
        TypedResults.Ok(Facets.Info(Find(galleries.Find(gallery), id).Item));

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
        return TypedResults.Stream(content, PictureKind.MediaType(start.AsSpan(0, read)) ?? Unknown(item, file, content),
            fileDownloadName: null, lastModified: file.LastWriteTimeUtc,
            entityTag: new EntityTagHeaderValue($"\"{item.Hash}-{file.Length}-{file.LastWriteTimeUtc.Ticks}\""), enableRangeProcessing: true);
    }

    /// <summary>A kind that is not known by its first bytes was a picture when it was indexed; what lies there since then may be anything.</summary>
    private static string Unknown(GalleryItem item, FileInfo file, FileStream content)
    {
        if (file.Length == item.Size && file.LastWriteTimeUtc.Ticks == item.Modified)
            return "application/octet-stream";
        content.Dispose();
        throw Gone(item, null);
    }

    private static async Task<FileContentHttpResult> Thumbnail(string gallery, long id, GalleryHost galleries,
        Thumbnails thumbnails, HttpContext http, int w = 320)
    {
        if (w is < 1 or > 10_000)
            throw ApiException.Invalid(new FieldError("w", "out_of_range", $"{w} is no width.",
                "from 1 to 10000; what is made is 80, 160, 320, 640 or 1280 wide"));
        (GalleryItem item, FileInfo file, GalleryView view) = File(galleries.Find(gallery), id);
        int width = Thumbnails.Clamp(w);
        string tag = $"\"{Thumbnails.Tag(item, file, width, view.Orientation)}\"";
        http.Response.Headers.CacheControl = "private, no-cache";
        bool known = http.Request.GetTypedHeaders().IfNoneMatch.Any(t => t.Tag == tag);
        byte[] jpeg = known ? [] : await thumbnails.Get(item, file, width, view.Orientation, http.RequestAborted);
        return TypedResults.Bytes(jpeg, "image/jpeg", entityTag: new EntityTagHeaderValue(tag));
    }

    private static async Task<Results<Created<UploadAnswer>, Ok<UploadAnswer>>> Add(string gallery, GalleryHost galleries,
        HttpContext http, ServerOptions options)
    {
        GalleryService g = galleries.Find(gallery);
        g.RequireWritable();
        CancellationToken stop = http.RequestAborted;
        List<(string Name, byte[] Bytes)> pictures = [];
        if (http.Request.HasFormContentType)
            foreach (IFormFile file in (await RequestReader.FormAsync(http.Request, stop)).Files)
                pictures.Add((Path.GetFileName(file.FileName), await RequestReader.BytesAsync(file, file.Name, options.Limits, stop)));
        else
        {
            using MemoryStream body = new();
            await http.Request.Body.CopyToAsync(body, stop);
            if (body.Length > 0)
                pictures.Add(("picture", body.ToArray()));
        }
        if (pictures.Count == 0)
            throw ApiException.Invalid(new FieldError("", "missing", "there is no picture in the request.",
                "send multipart/form-data with a part a picture, or a picture as the body"));
        foreach ((string name, byte[] bytes) in pictures)
            PictureChecks.Header(bytes, name, options.Limits);
        UploadAnswer answer = new(await Uploads.AddAsync(g, pictures, stop));
        return answer.Items.Any(i => i.Added) ? TypedResults.Created(
            $"/v1/galleries/{g.Name}/items/{answer.Items.First(i => i.Added).Item.Id}", answer) : TypedResults.Ok(answer);
    }

    private static async Task<NoContent> Forget(string gallery, long id, GalleryHost galleries, CancellationToken stop)
    {
        GalleryService g = galleries.Find(gallery);
        g.RequireWritable();
        Find(g, id);
        await Uploads.ForgetAsync(g, id, stop);
        return TypedResults.NoContent();
    }

    private static (GalleryItem Item, GalleryView View) Find(GalleryService gallery, long id)
    {
        GalleryView view = gallery.View;
        return (view.Find(id) ?? throw ApiException.NotFound("unknown_item", $"Gallery '{gallery.Name}' has no picture {id}.",
            "ids are those of search's hits"), view);
    }

    private static (GalleryItem Item, FileInfo File, GalleryView View) File(GalleryService gallery, long id)
    {
        (GalleryItem item, GalleryView view) = Find(gallery, id);
        if (view.Root is null)
            throw ApiException.NotFound("no_pictures", $"The pictures of gallery '{gallery.Name}' do not lie on this machine.",
                "say where they lie: cirrus serve --database ADDRESS --pictures FOLDER");
        return (item, view.FileOf(item) ?? throw Gone(item, null), view);
    }

    private static ApiException Gone(GalleryItem item, Exception? e) =>
        new(404, "file_gone", $"The file of picture {item.Id} is not there any more.", "refresh the gallery", e);
}
