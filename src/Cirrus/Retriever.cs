using System.Collections.Concurrent;
using System.Diagnostics;
using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Imaging;
using Cirrus.Methods;
using Cirrus.Tensors;

namespace Cirrus;

/// <summary>The front door: a gallery, the CLIP it was made with and methods of composing. Thread-safe.</summary>
/// <remarks>
/// A search runs on the gallery as it was when the search began, and never waits for indexing; <see cref="Refresh"/> lets the next ones see
/// what was indexed since. Dispose only when nothing runs any more.
/// </remarks>
public sealed class Retriever : IDisposable
{
    /// <summary>The folder of a gallery that holds trained weights, METHOD.safetensors each.</summary>
    public const string MethodsFolder = "methods";

    private readonly ConcurrentDictionary<(string Method, string? Weights, DateTime Written), Lazy<ComposerLane>> _lanes = new();
    private readonly ConcurrentDictionary<string, string> _named = new();
    private readonly Lock _refreshing = new();
    private readonly string? _weights;
    private readonly bool _ownsEncoder;
    private volatile GallerySnapshot _snapshot;

    private Retriever(GalleryFolder gallery, ClipEncoder encoder, bool ownsEncoder, string? weights) =>
        (_snapshot, Encoder, _ownsEncoder, _weights) = (new(gallery), encoder, ownsEncoder, weights);

    /// <summary>The gallery as searches see it now. After a <see cref="Refresh"/> it is another; this one is closed with its last search.</summary>
    public GalleryFolder Gallery => _snapshot.Gallery;

    public ClipEncoder Encoder { get; }

    /// <summary>Opens a gallery with the model it was made with.</summary>
    /// <param name="gallery">its folder, or any place in or below the folder of pictures.</param>
    /// <param name="model">where the CLIP is now; null: where it was when the gallery was made, or the one that ships.</param>
    /// <param name="weights">trained weights for the methods that need them; null: what lies in the gallery's <c>methods</c> folder.</param>
    /// <exception cref="CirrusException">There is no gallery, or the model is another one.</exception>
    public static Retriever Open(string gallery, string? model = null, string? weights = null)
    {
        GalleryFolder opened = GalleryFolder.Open(Find(gallery));
        ClipEncoder? encoder = null;
        try
        {
            encoder = ClipEncoder.Open(model ?? opened.Space.ModelPath ?? ClipModel.ShippedFolder);
            return new(Fitting(opened, encoder, model), encoder, ownsEncoder: true, weights);
        }
        catch (CirrusException)
        {
            encoder?.Dispose();
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Opens a gallery with a model that is open already, and stays so when the retriever is closed: one serves many galleries.</summary>
    /// <exception cref="CirrusException">There is no gallery, or it was made with another model.</exception>
    public static Retriever Open(string gallery, ClipEncoder encoder, string? weights = null)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        GalleryFolder opened = GalleryFolder.Open(Find(gallery));
        try
        {
            return new(Fitting(opened, encoder, null), encoder, ownsEncoder: false, weights);
        }
        catch (CirrusException)
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>The method used when none is named: LinCIR where a φ is at hand, else slerp.</summary>
    public string DefaultMethod => Methods[0].Name;

    /// <summary>The methods that can be asked for: those whose weights are at hand, and those that need none.</summary>
    public IReadOnlyList<Method> Methods => [.. Method.All.Where(m => !m.NeedsWeights || WeightsOf(m) is not null)];

    /// <summary>Takes these weights for a method, in place of what lies with the gallery.</summary>
    /// <exception cref="CirrusException">There is no such method.</exception>
    public void TakeWeights(string method, string weights) => _named[Method.Find(method).Name] = weights;

    /// <summary>Looks at the gallery as it is now, which stays open meanwhile.</summary>
    public T Look<T>(Func<GalleryFolder, T> look)
    {
        ArgumentNullException.ThrowIfNull(look);
        GallerySnapshot snapshot = Enter();
        try
        {
            return look(snapshot.Gallery);
        }
        finally
        {
            snapshot.Leave();
        }
    }

    /// <summary>Lets the next searches see the gallery as it is on the disk now; those that run go on with what they began with.</summary>
    /// <returns>false: nothing has changed.</returns>
    /// <exception cref="CirrusException">The gallery is gone or damaged; searches go on as before.</exception>
    public bool Refresh()
    {
        lock (_refreshing)
        {
            GallerySnapshot old = _snapshot;
            if (GalleryFolder.VersionOf(old.Gallery.Folder) == old.Gallery.Version)
                return false;
            GalleryFolder now = GalleryFolder.Open(old.Gallery.Folder);
            try
            {
                _snapshot = new(Fitting(now, Encoder, null));
            }
            catch (CirrusException)
            {
                now.Dispose();
                throw;
            }
            old.Leave();
            return true;
        }
    }

    /// <summary>Reads, encodes and composes a query: all that takes long. The result may be searched many times.</summary>
    /// <exception cref="CirrusException">A picture cannot be read, the method has no weights, or too many requests wait.</exception>
    public async Task<PreparedQuery> ComposeAsync(ComposedQuery query, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        GallerySnapshot snapshot = Enter();
        try
        {
            string method = query.Method ?? DefaultMethod;
            using Activity? activity = Telemetry.Source.StartActivity("cirrus.compose");
            activity?.SetTag("cirrus.method", method);
            ComposerLane lane = await LaneOf(Method.Find(method)).ConfigureAwait(false);
            return await new QueryComposer(Encoder, lane, snapshot).RunAsync(query, stop).ConfigureAwait(false);
        }
        finally
        {
            snapshot.Leave();
        }
    }

    /// <summary>The raw feature of a picture file's content, [P], read as the gallery's own pictures are.</summary>
    /// <exception cref="CirrusException">It is no picture, too large, or too many requests wait.</exception>
    public async Task<ReadOnlyMemory<float>> PictureAsync(ReadOnlyMemory<byte> bytes, PictureCrop? crop = null, CancellationToken stop = default) =>
        (await Encoder.PictureAsync(Indexer.InputOf(_snapshot.Gallery.Space, Encoder.Options.MaxMegapixels), "the picture", bytes, crop?.Check(), stop).ConfigureAwait(false)).Feature;

    /// <summary>Finds the pictures that fit a query.</summary>
    /// <exception cref="CirrusException">A picture cannot be read, the method has no weights, or too many requests wait.</exception>
    public async Task<SearchAnswer> SearchAsync(ComposedQuery query, SearchOptions? options = null, CancellationToken stop = default) =>
        await SearchAsync(await ComposeAsync(query, stop).ConfigureAwait(false), options, stop).ConfigureAwait(false);

    /// <summary>Finds the pictures that fit a query composed before; nothing is encoded.</summary>
    public Task<SearchAnswer> SearchAsync(PreparedQuery query, SearchOptions? options = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return Task.Run(() => Search(query, options ?? new()), stop);
    }

    /// <summary>The same for callers that wait.</summary>
    /// <exception cref="CirrusException">A picture cannot be read, or the method has no weights.</exception>
    public SearchAnswer Search(ComposedQuery query, SearchOptions? options = null) => SearchAsync(query, options).GetAwaiter().GetResult();

    /// <summary>The k pictures that fit best.</summary>
    /// <exception cref="CirrusException">A picture cannot be read, or the method has no weights.</exception>
    public SearchAnswer Search(ComposedQuery query, int k) => Search(query, new SearchOptions(k));

    public void Dispose()
    {
        foreach (Lazy<ComposerLane> lane in _lanes.Values.Where(l => l.IsValueCreated))
            lane.Value.Dispose();
        if (_ownsEncoder)
            Encoder.Dispose();
        _snapshot.Leave();
    }

    private static string Find(string gallery) => GalleryFolder.Find(gallery)
        ?? throw new CirrusException($"There is no gallery in '{gallery}' or above it.", hint: "make one: cirrus index FOLDER", kind: ProblemKind.NotFound);

    private static GalleryFolder Fitting(GalleryFolder gallery, ClipEncoder encoder, string? model) => encoder.Clip.Fingerprint == gallery.Space.Fingerprint ? gallery
        : throw new CirrusException($"Gallery '{gallery.Folder}' holds embeddings of {gallery.Space.Model} ({gallery.Space.Fingerprint}), but the model is "
            + $"{encoder.Clip.Config.Name} ({encoder.Clip.Fingerprint}).",
            hint: $"give the model it was made with, or index again: cirrus index {gallery.Root} --model {model ?? "PATH"} --rebuild", kind: ProblemKind.Mismatch);

    private GallerySnapshot Enter()
    {
        while (true)
        {
            GallerySnapshot snapshot = _snapshot;
            if (snapshot.TryEnter())
                return snapshot;
        }
    }

    private SearchAnswer Search(PreparedQuery query, SearchOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Top, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Offset);
        using Activity? activity = Telemetry.Source.StartActivity("cirrus.search");
        long start = Stopwatch.GetTimestamp();
        GallerySnapshot snapshot = Enter();
        try
        {
            SearchAnswer answer = new SnapshotSearch(query, options, snapshot).Run();
            double took = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            activity?.SetTag("cirrus.searched", answer.Searched).SetTag("cirrus.hits", answer.Hits.Count);
            return answer with { Timings = query.Timings with { Search = took } };
        }
        finally
        {
            snapshot.Leave();
        }
    }

    /// <summary>Opens a method once; weights that were written again since are opened anew.</summary>
    private Task<ComposerLane> LaneOf(Method method)
    {
        string? weights = WeightsOf(method);
        (string, string?, DateTime) key = (method.Name, weights, weights is null ? default : File.GetLastWriteTimeUtc(weights));
        Lazy<ComposerLane> lane = _lanes.GetOrAdd(key, _ => new(() => new(Opened(method, weights), Encoder)));
        return lane.IsValueCreated ? Task.FromResult(lane.Value) : Task.Run(() =>
        {
            try
            {
                return lane.Value;
            }
            catch (CirrusException)
            {
                _lanes.TryRemove(new(key, lane));
                throw;
            }
        });
    }

    private Composer Opened(Method method, string? weights)
    {
        try
        {
            return method.Open(Encoder.Clip, weights);
        }
        catch (CirrusException e) when (method.NeedsWeights)
        {
            throw new CirrusException(e.Message, e.Hint, e, ProblemKind.Weights);
        }
    }

    private string? WeightsOf(Method method)
    {
        if (!method.NeedsWeights)
            return null;
        if (_named.TryGetValue(method.Name, out string? named))
            return named;
        string at = Path.Combine(_snapshot.Gallery.Folder, MethodsFolder, method.Name + ".safetensors");
        return _weights ?? (File.Exists(at) ? at : null);
    }
}
