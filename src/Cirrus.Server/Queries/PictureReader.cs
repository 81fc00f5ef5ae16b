using Cirrus.Gallery;
using Cirrus.Imaging;
using Cirrus.Server.Api;
using Cirrus.Server.Errors;
using Cirrus.Server.Galleries;
using Microsoft.AspNetCore.Http;

namespace Cirrus.Server.Queries;

/// <summary>The pictures of a request as the library takes them. Paths are never among them.</summary>
internal sealed class PictureReader(ServerOptions options, HandedPictures handed, UrlPictures urls)
{
    /// <exception cref="ApiException">A picture is not there, too large, or none.</exception>
    public async Task<QueryPicture> ReadAsync(ImageRef image, string field, GalleryView gallery, IFormFileCollection? files, CancellationToken stop)
    {
        PictureCrop? crop = image.Crop is { } c ? new((float)c.X, (float)c.Y, (float)c.Width, (float)c.Height) : null;
        if (image.Id is long id)
        {
            GalleryItem item = gallery.Find(id) ?? throw ApiException.NotFound("unknown_item",
                $"{field}: the gallery has no picture {id}.", "ids are those of search's hits");
            if (crop is not null && gallery.FileOf(item) is null)
                throw ApiException.NotFound("file_gone",
                    $"{field}: the file of picture {id} is not there any more, and a part of it cannot be seen.",
                    "leave the crop out, or refresh the gallery");
            return new(Id: id) { Crop = crop, Weight = image.Weight ?? 1 };
        }
        return new() { Bytes = await BytesAsync(image, field, files, stop), Crop = crop, Weight = image.Weight ?? 1 };
    }

    /// <summary>The mask's picture.</summary>
    /// <exception cref="ApiException">It is none.</exception>
    public PictureMask ReadMask(MaskRef mask, string field)
    {
        byte[] bytes = PictureChecks.Base64(mask.Data, field, options.Limits);
        PictureChecks.Header(bytes, field, options.Limits);
        return new(null) { Bytes = bytes };
    }

    private async Task<byte[]> BytesAsync(ImageRef image, string field, IFormFileCollection? files, CancellationToken stop)
    {
        if (image.Hash is string hash)
            return handed.Find(hash) ?? throw ApiException.NotFound("unknown_picture",
                $"{field}: that picture is not kept any more.", "send its bytes again");
        byte[] bytes = image switch
        {
            { Data: string data } => PictureChecks.Base64(data, field + ".data", options.Limits),
            { Upload: string name } => await RequestReader.BytesAsync(files?[name]
                ?? throw ApiException.Invalid(new FieldError(field + ".upload", "missing", $"the request has no part '{name}'.",
                    "send multipart/form-data with the picture in a part of that name")), field, options.Limits, stop),
            { Url: string url } => await urls.FetchAsync(url, field + ".url", stop),
            _ => throw new InvalidOperationException("A picture without a source came through validation."),
        };
        PictureChecks.Header(bytes, field, options.Limits);
        handed.Keep(bytes);
        return bytes;
    }
}
