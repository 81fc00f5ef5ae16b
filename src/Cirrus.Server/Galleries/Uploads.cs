using System.Security.Cryptography;
using Cirrus.Clip;
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
    public const string Folder = "uploads";

    public const string Forgotten = "forgotten on request";

    /// <summary>Adds pictures; what the gallery has already by its content is left as it is.</summary>
    /// <exception cref="ApiException">Somebody writes already, or nothing can be written there.</exception>
    public static async Task<IReadOnlyList<UploadedItem>> AddAsync(GalleryService gallery, IReadOnlyList<(string Name, byte[] Bytes)> pictures, ServerLimits limits, CancellationToken stop)
    {
        Retriever retriever = await gallery.RetrieverAsync(stop);
        GalleryView view = gallery.View;
        PictureInput input = new(Preprocessing.Parse(view.Space.Preprocessing), view.Orientation, limits.Megapixels);
        List<(string Name, string Hash, GalleryItem? Known, Func<StoredRow>? Make)> plan = [];
        using ClipEmbedder embedder = new(retriever.Encoder.Clip);
        foreach ((string name, byte[] bytes) in pictures)
        {
            string hash = Convert.ToHexStringLower(SHA256.HashData(bytes))[..32];
            if (view.Items.FirstOrDefault(i => i.Hash == hash) is { } known)
            {
                plan.Add((name, hash, known, null));
                continue;
            }
            (float[] pixels, int width, int height) = await Task.Run(() => input.Read(bytes, name), stop);
            float[] feature = await Task.Run(() => embedder.EmbedImages([pixels]), stop);
            plan.Add((name, hash, null, () => StoredRow.Of(Save(view.Root, hash, bytes, width, height), feature)));
        }
        if (plan.All(p => p.Known is not null))
            return [.. plan.Select(p => new UploadedItem(p.Name, false, Facets.Info(p.Known!)))];
        return await gallery.WriteAsync(writer =>
        {
            Dictionary<string, GalleryItem> byHash = writer.Items.GroupBy(i => i.Hash).ToDictionary(g => g.Key, g => g.First());
            List<(string Name, string Hash, bool Added)> done = [];
            foreach ((string name, string hash, _, Func<StoredRow>? make) in plan)
            {
                bool add = make is not null && !byHash.ContainsKey(hash);
                if (add)
                {
                    StoredRow row = make!();
                    byHash[hash] = row.Item with { Id = writer.Commit(new() { Added = [row] })[0] };
                }
                done.Add((name, hash, add));
            }
            return done.Where(d => byHash.ContainsKey(d.Hash)).Select(d => new UploadedItem(d.Name, d.Added, Facets.Info(byHash[d.Hash]))).ToList();
        }, stop);
    }

    /// <summary>Takes a picture out of the gallery. The file goes too when it was uploaded; one of a person's own stays.</summary>
    /// <exception cref="ApiException">It is not there, or somebody writes already.</exception>
    public static Task ForgetAsync(GalleryService gallery, long id, CancellationToken stop) => gallery.WriteAsync(writer =>
    {
        GalleryItem item = writer.Find(id) ?? throw ApiException.NotFound("unknown_item", $"Gallery '{gallery.Name}' has no picture {id}.", "ids are those of search's hits");
        bool ours = item.Path == $"{Folder}/{item.Hash}{Path.GetExtension(item.Path)}";
        GalleryProblem note = new(item.Path, item.Size, item.Modified, Forgotten);
        writer.Commit(new() { Gone = [id], Problems = ours ? null : [.. writer.Problems.Where(p => p.Path != item.Path).Append(note).OrderBy(p => p.Path, StringComparer.Ordinal)] });
        if (ours)
            OnDisk(() => File.Delete(Path.Combine(writer.Root, item.Path)));
        return true;
    }, stop);

    private static GalleryItem Save(string root, string hash, byte[] bytes, int width, int height)
    {
        string path = $"{Folder}/{hash}{PictureKind.Ending(bytes)}", full = Path.Combine(root, path);
        OnDisk(() =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            using AtomicFile file = AtomicFile.Create(full);
            file.Stream.Write(bytes);
            file.Keep();
        });
        return new(0, path, bytes.Length, File.GetLastWriteTimeUtc(full).Ticks, hash, width, height);
    }

    private static void OnDisk(Action act)
    {
        try
        {
            act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ApiException(409, "not_writable", $"The gallery's folder cannot be written: {e.Message}", "uploads are kept in a folder 'uploads' among the pictures; let the server write there", e);
        }
    }
}
