using System.Security.Cryptography;
using Cirrus.Gallery;
using Cirrus.Imaging;
using Cirrus.Server.Api;
using Cirrus.Server.Errors;
using Cirrus.Tensors;

namespace Cirrus.Server.Galleries;

/// <summary>Pictures that are added to a gallery and forgotten again.</summary>
/// <remarks>
/// What is uploaded becomes a file of its own, <c>uploads/HASH.jpg</c> in the folder of pictures, so that the next refresh finds it like any other.
/// A picture of a person's own folder is only forgotten: its file stays, and is noted as one not to be read until it changes.
/// </remarks>
internal static class Uploads
{
    private const string Folder = "uploads";

    private const string Forgotten = "forgotten on request";

    /// <summary>Pictures of a request that wait for the model together: the queue is for searches as well.</summary>
    private const int AtOnce = 8;

    /// <summary>Adds pictures, all or none; what the gallery has already by its content is left as it is.</summary>
    /// <exception cref="ApiException">Somebody writes already, or nothing can be written there.</exception>
    /// <exception cref="CirrusException">A picture cannot be decoded, or too many requests wait.</exception>
    public static async Task<IReadOnlyList<UploadedItem>> AddAsync(GalleryService gallery,
        IReadOnlyList<(string Name, byte[] Bytes)> pictures, CancellationToken stop) =>
        await TryAddAsync(gallery, pictures, stop) ?? await TryAddAsync(gallery, pictures, stop) ?? throw gallery.Busy(null);

    /// <returns>null: somebody else has taken out a picture that seemed to be there; what is there is known now.</returns>
    private static async Task<IReadOnlyList<UploadedItem>?> TryAddAsync(GalleryService gallery,
        IReadOnlyList<(string Name, byte[] Bytes)> pictures, CancellationToken stop)
    {
        Retriever retriever = await gallery.RetrieverAsync(stop);
        GalleryView view = gallery.View;
        string[] hashes = [.. pictures.Select(p => Convert.ToHexStringLower(SHA256.HashData(p.Bytes))[..32])];
        Dictionary<string, GalleryItem>? known = Known(view.Items, hashes, view.Root!);
        List<NewPicture> found = [];
        foreach (((string Name, byte[] Bytes) Picture, string Hash)[] some in pictures.Zip(hashes).DistinctBy(p => p.Second)
            .Where(p => !known.ContainsKey(p.Second)).Chunk(Math.Min(AtOnce, retriever.Encoder.Options.Waiting)))
            found.AddRange(await Task.WhenAll(some.Select(async p =>
                new NewPicture(p.Hash, p.Picture.Bytes, await retriever.PictureAsync(p.Picture.Bytes, null, stop)))));
        HashSet<string> added = [];
        if (found.Count > 0)
            known = await gallery.WriteAsync<Dictionary<string, GalleryItem>?>(writer =>
            {
                Dictionary<string, GalleryItem> here = Known(writer.Items, hashes, writer.Root);
                NewPicture[] add = [.. found.Where(p => !here.ContainsKey(p.Hash))];
                if (hashes.Any(h => !here.ContainsKey(h) && add.All(p => p.Hash != h)))
                    return null;
                foreach (GalleryItem item in Commit(writer, view.Orientation, add))
                    here[item.Hash] = item;
                added.UnionWith(add.Select(p => p.Hash));
                return here;
            }, stop);
        return known is null ? null : [.. pictures.Zip(hashes, (p, hash) => new UploadedItem(p.Name, added.Remove(hash), Facets.Info(known[hash])))];
    }

    /// <summary>Takes a picture out of the gallery. The file goes too when it was uploaded; one of a person's own stays.</summary>
    /// <exception cref="ApiException">It is not there, or somebody writes already.</exception>
    public static Task ForgetAsync(GalleryService gallery, long id, CancellationToken stop) => gallery.WriteAsync(writer =>
    {
        GalleryItem item = writer.Find(id) ?? throw ApiException.NotFound("unknown_item",
            $"Gallery '{gallery.Name}' has no picture {id}.", "ids are those of search's hits");
        bool ours = item.Path == $"{Folder}/{item.Hash}{Path.GetExtension(item.Path)}";
        GalleryProblem note = new(item.Path, item.Size, item.Modified, Forgotten);
        writer.Commit(new()
        {
            Gone = [id],
            Problems = ours ? null : [.. writer.Problems.Where(p => p.Path != item.Path).Append(note).OrderBy(p => p.Path, StringComparer.Ordinal)],
        });
        if (ours)
            OnDisk(() => File.Delete(Path.Combine(writer.Root, item.Path)));
        return true;
    }, stop);

    /// <summary>How many of these could not be read; the others were forgotten.</summary>
    public static int Unreadable(IReadOnlyList<GalleryProblem> problems) => problems.Count(p => p.Reason != Forgotten);

    /// <summary>The pictures of these contents whose files are there.</summary>
    private static Dictionary<string, GalleryItem> Known(IEnumerable<GalleryItem> items, IEnumerable<string> hashes, string root)
    {
        HashSet<string> asked = [.. hashes];
        Dictionary<string, GalleryItem> known = [];
        foreach (GalleryItem item in items)
            if (asked.Contains(item.Hash) && File.Exists(Path.Combine(root, item.Path)))
                known.TryAdd(item.Hash, item);
        return known;
    }

    /// <summary>Files first, then one change of the gallery; when that fails the files go again.</summary>
    private static List<GalleryItem> Commit(GalleryWriter writer, Orientation orientation, NewPicture[] pictures)
    {
        List<StoredRow> rows = [];
        bool kept = false;
        try
        {
            foreach (NewPicture picture in pictures)
                rows.Add(StoredRow.Of(Save(writer.Root, picture, orientation), picture.Feature.Span));
            List<GalleryItem> items = [.. writer.Commit(new() { Added = rows }).Zip(rows, (id, row) => row.Item with { Id = id })];
            kept = true;
            return items;
        }
        finally
        {
            if (!kept)
                foreach (StoredRow row in rows)
                    OnDisk(() => File.Delete(Path.Combine(writer.Root, row.Item.Path)));
        }
    }

    private static GalleryItem Save(string root, NewPicture picture, Orientation orientation)
    {
        PictureHeader header = PicturePreview.ReadHeader(picture.Bytes, orientation)!;
        string path = $"{Folder}/{picture.Hash}{PictureKind.Ending(picture.Bytes)}", full = Path.Combine(root, path);
        OnDisk(() =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            using AtomicFile file = AtomicFile.Create(full);
            file.Stream.Write(picture.Bytes);
            file.Keep();
        });
        return new(0, path, picture.Bytes.Length, File.GetLastWriteTimeUtc(full).Ticks, picture.Hash, header.Width, header.Height);
    }

    private static void OnDisk(Action act)
    {
        try
        {
            act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ApiException(409, "not_writable", $"The gallery's folder cannot be written: {e.Message}",
                "uploads are kept in a folder 'uploads' among the pictures; let the server write there", e);
        }
    }

    /// <param name="Feature">raw, [P].</param>
    private sealed record NewPicture(string Hash, byte[] Bytes, ReadOnlyMemory<float> Feature);
}
