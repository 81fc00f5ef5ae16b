using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus;

/// <summary>What indexing is to do.</summary>
/// <param name="Exclude">patterns of paths to leave out: * and ? as in a shell, matched against the path and each name in it.</param>
/// <param name="MaxMegapixels">larger pictures are refused before they are decoded.</param>
/// <param name="Batch">pictures a call of the image tower.</param>
/// <param name="CheckpointSeconds">what has been encoded is saved this often.</param>
/// <param name="DryRun">only say what would be done.</param>
public sealed record IndexOptions(IReadOnlyList<string> Exclude, double MaxMegapixels = 100, int Batch = 32, double CheckpointSeconds = 10, bool DryRun = false,
    bool Hidden = false);

/// <summary>How far indexing is.</summary>
public sealed record IndexProgress(int Done, int Total, int Added, int Unreadable);

/// <summary>What indexing found.</summary>
public sealed record IndexSummary(int New, int Changed, int Moved, int Gone, int Unchanged, IReadOnlyList<GalleryProblem> Unreadable, bool Interrupted);

/// <summary>Brings a gallery up to date with its folder: only what changed is decoded and encoded.</summary>
/// <remarks>
/// A file with equal path, size and time is unchanged. Otherwise its content decides: a known hash whose file is gone has moved
/// and keeps its vector. Decoding runs beside encoding through a bounded queue, so memory does not grow with the folder.
/// </remarks>
public sealed class Indexer(GalleryFolder gallery, ClipModel clip, IndexOptions options)
{
    private readonly record struct Decoded(string Path, long Size, long Modified, string Hash, float[]? Pixels, int Width, int Height, GalleryItem? Known, string? Reason);

    /// <summary>Indexes until done or until asked to stop; then what was encoded is saved and <c>Interrupted</c> is true.</summary>
    public IndexSummary Run(Action<IndexProgress>? progress, CancellationToken stop)
    {
        Dictionary<string, GalleryItem> known = gallery.Items.GroupBy(i => i.Path).ToDictionary(g => g.Key, g => g.Last(), StringComparer.Ordinal);
        Dictionary<string, GalleryProblem> problems = gallery.Problems.ToDictionary(p => p.Path, StringComparer.Ordinal);
        List<FileInfo> files = [.. PictureFiles.Under(gallery.Root, options.Exclude, options.Hidden)];
        HashSet<string> present = new(StringComparer.Ordinal);
        List<FileInfo> toRead = [];
        int unchanged = 0;
        foreach (FileInfo file in files)
        {
            string path = Relative(file);
            present.Add(path);
            if (known.TryGetValue(path, out GalleryItem? item) && item.Size == file.Length && item.Modified == file.LastWriteTimeUtc.Ticks)
                unchanged++;
            else if (!(problems.TryGetValue(path, out GalleryProblem? p) && p.Size == file.Length && p.Modified == file.LastWriteTimeUtc.Ticks))
                toRead.Add(file);
        }
        ILookup<string, GalleryItem> vanished = known.Values.Where(i => !present.Contains(i.Path)).ToLookup(i => i.Hash);
        foreach (string path in problems.Keys.Where(p => !present.Contains(p)).ToArray())
            problems.Remove(path);
        if (options.DryRun)
            return new(toRead.Count(f => !known.ContainsKey(Relative(f))), toRead.Count(f => known.ContainsKey(Relative(f))), 0, vanished.Sum(g => g.Count()), unchanged,
                [.. problems.Values], false);
        (int added, int changed, int moved) = (0, 0, 0);
        HashSet<long> gone = [.. gallery.Items.Where(i => known[i.Path].Id != i.Id).Select(i => i.Id)];   // an earlier run was killed between adding and removing
        List<GalleryItem> updates = [];
        HashSet<long> movedIds = [];
        List<NewItem> pending = [];
        List<Decoded> batch = [];
        Stopwatch since = Stopwatch.StartNew();
        int done = 0;
        using ClipEmbedder embedder = new(clip);
        using BlockingCollection<Task<Decoded>> queue = new(options.Batch * 2);
        Task decoding = Task.Run(() => Decode(toRead, known, vanished, queue, stop), CancellationToken.None);
        foreach (Task<Decoded> task in queue.GetConsumingEnumerable(CancellationToken.None))
        {
            Decoded d = task.GetAwaiter().GetResult();
            done++;
            problems.Remove(d.Path);
            if (d.Reason is not null)
                problems[d.Path] = new(d.Path, d.Size, d.Modified, d.Reason);
            else if (d.Pixels is null)
                Keep(d);
            else
                batch.Add(d);
            if (d.Reason is not null && known.TryGetValue(d.Path, out GalleryItem? broken))
                gone.Add(broken.Id);
            if (batch.Count == options.Batch)
                Encode();
            if (since.Elapsed.TotalSeconds > options.CheckpointSeconds)
                Save();
            progress?.Invoke(new(done, toRead.Count, added + changed, problems.Count));
        }
        decoding.GetAwaiter().GetResult();
        Encode();
        bool interrupted = stop.IsCancellationRequested;
        int removed = 0;
        if (!interrupted)
            foreach (GalleryItem item in vanished.SelectMany(g => g).Where(i => !movedIds.Contains(i.Id)))
                removed += gone.Add(item.Id) ? 1 : 0;
        Save();
        return new(added, changed, moved, removed, unchanged, [.. problems.Values.OrderBy(p => p.Path, StringComparer.Ordinal)], interrupted);

        void Keep(Decoded d)
        {
            GalleryItem item = d.Known!;
            if (item.Path != d.Path)
                moved++;
            movedIds.Add(item.Id);
            updates.Add(item with { Path = d.Path, Size = d.Size, Modified = d.Modified });
        }

        void Encode()
        {
            if (batch.Count == 0)
                return;
            float[] features = embedder.EmbedImages([.. batch.Select(b => (ReadOnlyMemory<float>)b.Pixels!)]);
            int p = clip.Config.P;
            for (int i = 0; i < batch.Count; i++)
            {
                Decoded d = batch[i];
                pending.Add(new(d.Path, d.Size, d.Modified, d.Hash, d.Width, d.Height, features.AsMemory(i * p, p)));
                if (known.TryGetValue(d.Path, out GalleryItem? old))
                {
                    gone.Add(old.Id);
                    changed++;
                }
                else
                {
                    added++;
                }
            }
            batch.Clear();
        }

        void Save()
        {
            gallery.Append(pending);
            gallery.Update(updates, gone);
            gallery.SetProblems([.. problems.Values.OrderBy(p => p.Path, StringComparer.Ordinal)]);
            pending.Clear();
            updates.Clear();
            since.Restart();
        }
    }

    /// <summary>How the pictures of a space are read.</summary>
    internal static PictureInput InputOf(EmbeddingSpace space, double maxMegapixels) => new(Preprocessing.Parse(space.Preprocessing),
        Enum.TryParse(space.Orientation, ignoreCase: true, out Orientation orientation) ? orientation
            : throw new CirrusException($"The gallery's orientation is '{space.Orientation}'.", hint: "it is stored or exif; the manifest is damaged or of a newer Cirrus"),
        maxMegapixels);

    private string Relative(FileInfo file) => Path.GetRelativePath(gallery.Root, file.FullName).Replace('\\', '/');

    /// <summary>Queues the files in their order; as many are decoded at a time as there are cores, and the queue holds only so many ahead.</summary>
    private void Decode(List<FileInfo> files, Dictionary<string, GalleryItem> known, ILookup<string, GalleryItem> vanished, BlockingCollection<Task<Decoded>> queue, CancellationToken stop)
    {
        TaskFactory factory = new(new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, Environment.ProcessorCount).ConcurrentScheduler);
        ConcurrentDictionary<long, bool> taken = new();
        PictureInput input = InputOf(gallery.Space, options.MaxMegapixels);
        foreach (FileInfo file in files)
        {
            if (stop.IsCancellationRequested)
                break;
            queue.Add(factory.StartNew(() => Decode(file, input, known, vanished, taken), CancellationToken.None), CancellationToken.None);
        }
        queue.CompleteAdding();
    }

    private Decoded Decode(FileInfo file, PictureInput input, Dictionary<string, GalleryItem> known, ILookup<string, GalleryItem> vanished, ConcurrentDictionary<long, bool> taken)
    {
        string path = Relative(file);
        (long size, long modified) = (file.Length, file.LastWriteTimeUtc.Ticks);
        try
        {
            byte[] bytes = PictureInput.ReadBytes(file);
            string hash = Convert.ToHexStringLower(SHA256.HashData(bytes))[..32];
            GalleryItem? same = known.TryGetValue(path, out GalleryItem? before) && before.Hash == hash ? before
                : vanished[hash].FirstOrDefault(i => taken.TryAdd(i.Id, true));
            if (same is not null)
                return new(path, size, modified, hash, null, 0, 0, same, null);
            (float[] pixels, int width, int height) = input.Read(bytes, path);
            return new(path, size, modified, hash, pixels, width, height, null, null);
        }
        catch (CirrusException e)
        {
            return new(path, size, modified, "", null, 0, 0, null, e.Message);
        }
    }
}
