using System.Collections.Concurrent;
using System.Diagnostics;
using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus;

/// <summary>Brings a gallery up to date with its folder: only what changed is decoded and encoded.</summary>
/// <remarks>
/// A file with equal path, size and time is unchanged. Otherwise its content decides: a known hash whose file is gone has moved
/// and keeps its vector; a copy of a picture that the gallery has gets a copy of its vector. Files are taken in the order of their
/// paths whatever runs at a time, so that a run that was stopped, or killed, and begun again ends with the gallery of a run that was
/// not: the same ids, the same rows to the bit. Decoding runs beside encoding through a bounded queue, so memory does not grow
/// with the folder.
/// </remarks>
public sealed class Indexer(GalleryWriter gallery, ClipModel clip, IndexOptions options)
{
    /// <summary>Pixels: null where the content is known already.</summary>
    private readonly record struct Decoded(FoundPicture File, string Hash, float[]? Pixels, int Width, int Height, string? Reason)
    {
        public GalleryItem Item => new(0, File.Path, File.Size, File.Modified, Hash, Width, Height);
    }

    /// <summary>A picture that waits for its turn to be saved: with its row, or with pixels that are still to be encoded.</summary>
    private readonly record struct Waiting(Decoded Picture, StoredRow? Row);

    private readonly PictureChoice _choice = options.Choose(gallery.Choice);
    private readonly PictureInput _input = InputOf(gallery.Space, options.MaxMegapixels);
    private readonly List<Waiting> _waiting = [];
    private readonly List<StoredRow> _pending = [];
    private readonly List<GalleryItem> _updates = [];
    private readonly HashSet<long> _gone = [];
    private int _toEncode, _added, _changed, _moved, _touched;

    /// <summary>Indexes until done or until asked to stop; then what was encoded is saved and <c>Interrupted</c> is true. For one run.</summary>
    /// <exception cref="CirrusException">The gallery cannot be written, or no picture is left where there were some.</exception>
    public IndexSummary Run(Action<IndexProgress>? progress, CancellationToken stop)
    {
        IndexPlan plan = new(gallery, _choice, progress is null ? null : n => progress(new(0, n, 0, 0, gallery.Count, Counting: true)));
        if (options.DryRun)
            return plan.Summarise();
        _gone.UnionWith(plan.Doubled);
        Stopwatch since = Stopwatch.StartNew();
        int done = 0;
        using ClipEmbedder embedder = new(clip);
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using BlockingCollection<Task<Decoded>> queue = new(options.Batch * 2);
        Task decoding = Task.Run(() => Decode(plan, queue, ended.Token), CancellationToken.None);
        try
        {
            foreach (Task<Decoded> task in queue.GetConsumingEnumerable(CancellationToken.None))
            {
                if (stop.IsCancellationRequested)
                    break;
                Take(task.GetAwaiter().GetResult(), plan);
                if (_toEncode == options.Batch || _waiting.Count >= MostWaiting)
                    Encode(embedder, plan);
                if (since.Elapsed.TotalSeconds > options.CheckpointSeconds || _pending.Count >= SegmentRows)
                {
                    Save(plan);
                    since.Restart();
                }
                progress?.Invoke(new(++done, plan.ToRead.Count, _added + _changed, plan.Problems.Count, gallery.Count));
            }
        }
        finally
        {
            ended.Cancel();
            decoding.GetAwaiter().GetResult();
        }
        Encode(embedder, plan);
        bool interrupted = stop.IsCancellationRequested;
        int removed = interrupted ? 0 : plan.Vanished.Count(i => _gone.Add(i.Id));
        Save(plan);
        if (!interrupted)
            gallery.Tidy();
        progress?.Invoke(new(done, plan.ToRead.Count, _added + _changed, plan.Problems.Count, gallery.Count));
        return new(_added, _changed, _moved, removed, plan.Unchanged + _touched, [.. Sorted(plan)], plan.Unread, interrupted);
    }

    /// <summary>How the pictures of a space are read.</summary>
    internal static PictureInput InputOf(EmbeddingSpace space, double maxMegapixels, int square = 0) => new(Preprocessing.Parse(space.Preprocessing),
        Enum.TryParse(space.Orientation, ignoreCase: true, out Orientation orientation) ? orientation
            : throw new CirrusException($"The gallery's orientation is '{space.Orientation}'.",
                hint: "it is stored or exif; the manifest is damaged or of a newer Cirrus"),
        maxMegapixels)
    { Square = square };

    /// <summary>So many rows are saved though it is not yet time: what waits must fit into memory.</summary>
    private const int SegmentRows = 16384, MostWaiting = 1024;

    private void Take(Decoded d, IndexPlan plan)
    {
        GalleryItem? known = plan.Known.GetValueOrDefault(d.File.Path);
        plan.Problems.Remove(d.File.Path);
        if (d.Reason is null && d.Pixels is null && known?.Hash != d.Hash && plan.TakeVanished(d.Hash) is { } moved)
        {
            if (known is not null)
                _gone.Add(known.Id);
            Update(moved, d);
            _moved++;
            return;
        }
        if (d.Reason is null && d.Pixels is null && known?.Hash == d.Hash)
        {
            Update(known, d);
            _touched++;
            return;
        }
        StoredRow? row = null;
        if (d.Reason is null && d.Pixels is null)
        {
            if (gallery.Find(plan.IdOf(d.Hash)) is { } same)
                row = gallery.Row(same.Id) with { Item = d.Item with { Width = same.Width, Height = same.Height } };
            else
                d = Decode(d.File, plan: null);    // the one it is a copy of has changed in this very run
        }
        if (d.Reason is null)
        {
            _waiting.Add(new(d, row));
            _toEncode += row is null ? 1 : 0;
            return;
        }
        plan.Problems[d.File.Path] = new(d.File.Path, d.File.Size, d.File.Modified, d.Reason);
        if (known is not null)
            _gone.Add(known.Id);
    }

    private void Update(GalleryItem item, Decoded d) => _updates.Add(item with { Path = d.File.Path, Size = d.File.Size, Modified = d.File.Modified });

    /// <summary>Encodes what waits, and hands all of it on in the order in which it came.</summary>
    private void Encode(ClipEmbedder embedder, IndexPlan plan)
    {
        ReadOnlyMemory<float>[] pixels = [.. _waiting.Where(w => w.Row is null).Select(w => (ReadOnlyMemory<float>)w.Picture.Pixels!)];
        float[] features = pixels.Length == 0 ? [] : embedder.EmbedImages(pixels);
        int p = clip.Config.P, next = 0;
        foreach (Waiting w in _waiting)
        {
            _pending.Add(w.Row ?? StoredRow.Of(w.Picture.Item, features.AsSpan(p * next++, p)));
            if (plan.Known.TryGetValue(w.Picture.File.Path, out GalleryItem? old))
            {
                _gone.Add(old.Id);
                _changed++;
            }
            else
            {
                _added++;
            }
        }
        _waiting.Clear();
        _toEncode = 0;
    }

    private void Save(IndexPlan plan)
    {
        gallery.Commit(new()
        {
            Added = _pending,
            Updated = [.. _updates.Where(u => !_gone.Contains(u.Id))],
            Gone = _gone,
            Problems = [.. Sorted(plan)],
            Choice = _choice,
        });
        _pending.Clear();
        _updates.Clear();
        _gone.Clear();
    }

    private static IEnumerable<GalleryProblem> Sorted(IndexPlan plan) => plan.Problems.Values.OrderBy(p => p.Path, StringComparer.Ordinal);

    /// <summary>Queues the files in their order; so many are decoded at a time as asked, and the queue holds only so many ahead.</summary>
    private void Decode(IndexPlan plan, BlockingCollection<Task<Decoded>> queue, CancellationToken ended)
    {
        TaskFactory factory = new(new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default,
            options.Jobs > 0 ? options.Jobs : Environment.ProcessorCount).ConcurrentScheduler);
        List<Task> ahead = [];
        try
        {
            foreach (FoundPicture file in plan.ToRead)
            {
                Task<Decoded> task = factory.StartNew(() => ended.IsCancellationRequested ? default : Decode(file, plan), CancellationToken.None);
                ahead.Add(task);
                queue.Add(task, ended);
                ahead.RemoveAll(t => t.IsCompleted);
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
        }
        queue.CompleteAdding();
        Task.WaitAll([.. ahead]);
    }

    /// <param name="plan">null: pixels are wanted even of what is known.</param>
    private Decoded Decode(FoundPicture file, IndexPlan? plan)
    {
        using Activity? activity = Telemetry.Source.StartActivity("cirrus.index.file");
        activity?.SetTag("cirrus.path", file.Path);
        try
        {
            if (file.Size == 0)    // also of pipes and devices, which would be waited for
                throw new CirrusException($"'{file.Path}' is not a picture that can be read: it is empty", hint: "it may not have been copied whole");
            byte[] bytes = PictureInput.ReadBytes(new(file.FullPath));
            string hash = IndexPlan.HashOf(bytes);
            if (plan?.Knows(hash) == true)
                return new(file, hash, null, 0, 0, null);
            (float[] pixels, int width, int height) = _input.Read(bytes, file.Path);
            return new(file, hash, pixels, width, height, null);
        }
        catch (CirrusException e)
        {
            return new(file, "", null, 0, 0, e.Message);
        }
    }
}
