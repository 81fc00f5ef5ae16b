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
/// A search of a folder's gallery runs on it as it was when the search began, and never waits for indexing;
/// <see cref="Refresh"/> lets the next ones see what was indexed since. Any other index is asked as it is. Dispose only when
/// nothing runs any more.
/// </remarks>
public sealed class Retriever : IDisposable
{
    /// <summary>The folder of a gallery that holds trained weights, METHOD.safetensors each.</summary>
    public const string MethodsFolder = "methods";

    private readonly ConcurrentDictionary<(string Method, string? Weights, DateTime Written), Lazy<ComposerLane>> _lanes = new();
    private readonly ConcurrentDictionary<string, string> _named = new();
    private readonly string? _weights;
    private readonly bool _ownsEncoder, _ownsIndex;
    private readonly string? _pictures;

    private Retriever(
        VectorIndex index, bool ownsIndex, ClipEncoder encoder, bool ownsEncoder, string? weights, string? pictures) =>
        (Index, _ownsIndex, Encoder, _ownsEncoder, _weights, _pictures) =
            (index, ownsIndex, encoder, ownsEncoder, weights, pictures);

    /// <summary>What is searched: a <see cref="FolderIndex"/> for a folder's gallery.</summary>
    public VectorIndex Index { get; }

    /// <summary>
    /// The folder's gallery as searches see it now. After a <see cref="Refresh"/> it is another; this one is closed
    /// with its last search.
    /// </summary>
    /// <exception cref="InvalidOperationException">The retriever searches another index than a folder.</exception>
    public GalleryFolder Gallery => Folder.Look(g => g);

    public ClipEncoder Encoder { get; }

    /// <summary>Opens a gallery with the model it was made with.</summary>
    /// <param name="gallery">its folder, or any place in or below the folder of pictures.</param>
    /// <param name="model">where the CLIP is now; null: where it was when the gallery was made, or the one that ships.</param>
    /// <param name="weights">trained weights for the methods that need them; null: those in the gallery's <c>methods</c>.</param>
    /// <exception cref="CirrusException">There is no gallery, or the model is another one.</exception>
    public static Retriever Open(string gallery, string? model = null, string? weights = null)
    {
        FolderIndex opened = FolderIndex.Open(Find(gallery));
        ClipEncoder? encoder = null;
        try
        {
            encoder = ClipEncoder.Open(model ?? opened.Space.ModelPath ?? ClipModel.ShippedFolder);
            opened.Look(g => Fitting(g, encoder, model));
            return new(opened, ownsIndex: true, encoder, ownsEncoder: true, weights, null);
        }
        catch (CirrusException)
        {
            encoder?.Dispose();
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Opens a gallery with a model that is open already, and stays so: one serves many galleries.</summary>
    /// <exception cref="CirrusException">There is no gallery, or it was made with another model.</exception>
    public static Retriever Open(string gallery, ClipEncoder encoder, string? weights = null)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        FolderIndex opened = FolderIndex.Open(Find(gallery));
        try
        {
            opened.Look(g => Fitting(g, encoder, null));
            return new(opened, ownsIndex: true, encoder, ownsEncoder: false, weights, null);
        }
        catch (CirrusException)
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Searches an index that is open already, as a database's. Index and model stay open.</summary>
    /// <param name="pictures">the folder where the index's pictures lie on this machine; null: they do not, and paths
    /// are given as they are stored.</param>
    /// <exception cref="CirrusException">The index holds embeddings of another model.</exception>
    public static Retriever Open(VectorIndex index, ClipEncoder encoder, string? weights = null, string? pictures = null)
    {
        ArgumentNullException.ThrowIfNull(index);
        ArgumentNullException.ThrowIfNull(encoder);
        return encoder.Clip.Fingerprint == index.Space.Fingerprint
            ? new(index, ownsIndex: false, encoder, ownsEncoder: false, weights, pictures)
            : throw Other("The index", index.Space, encoder, "give the model that its pictures were encoded with");
    }

    /// <summary>The method used when none is named: LinCIR where a φ is at hand, else slerp.</summary>
    public string DefaultMethod => Methods[0].Name;

    /// <summary>The methods that can be asked for: those whose weights are at hand, and those that need none.</summary>
    public IReadOnlyList<Method> Methods => [.. Method.All.Where(m => !m.NeedsWeights || WeightsOf(m) is not null)];

    /// <summary>Takes these weights for a method, in place of what lies with the gallery.</summary>
    /// <exception cref="CirrusException">There is no such method.</exception>
    public void TakeWeights(string method, string weights) => _named[Method.Find(method).Name] = weights;

    /// <summary>Looks at the folder's gallery as it is now, which stays open meanwhile.</summary>
    /// <exception cref="InvalidOperationException">The retriever searches another index than a folder.</exception>
    public T Look<T>(Func<GalleryFolder, T> look) => Folder.Look(look);

    /// <summary>Lets the next searches see the gallery as it is on the disk now; those that run go on as they began.</summary>
    /// <returns>false: nothing has changed, or the index is no folder and shows itself as it is.</returns>
    /// <exception cref="CirrusException">The gallery is gone, damaged, or of another model; searches go on as before.</exception>
    public bool Refresh() => Index is FolderIndex folder && folder.Refresh(g => Fitting(g, Encoder, null));

    /// <summary>Reads, encodes and composes a query: all that takes long. The result may be searched many times.</summary>
    /// <exception cref="CirrusException">A picture cannot be read, weights are missing, or too many requests wait.</exception>
    public async Task<PreparedQuery> ComposeAsync(ComposedQuery query, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        string method = query.Method ?? DefaultMethod;
        using Activity? activity = Telemetry.Source.StartActivity("cirrus.compose");
        activity?.SetTag("cirrus.method", method);
        ComposerLane lane = await LaneOf(Method.Find(method)).ConfigureAwait(false);
        return await new QueryComposer(Encoder, lane, Index, Root).RunAsync(query, stop).ConfigureAwait(false);
    }

    /// <summary>The raw feature of a picture file's content, [P], read as the gallery's own pictures are.</summary>
    /// <exception cref="CirrusException">It is no picture, too large, or too many requests wait.</exception>
    public async Task<ReadOnlyMemory<float>> PictureAsync(
        ReadOnlyMemory<byte> bytes, PictureCrop? crop = null, CancellationToken stop = default)
    {
        PictureInput input = Indexer.InputOf(Index.Space, Encoder.Options.MaxMegapixels);
        return (await Encoder.PictureAsync(input, "the picture", bytes, crop?.Check(), stop).ConfigureAwait(false)).Feature;
    }

    /// <summary>Finds the pictures that fit a query.</summary>
    /// <exception cref="CirrusException">A picture cannot be read, weights are missing, or too many requests wait.</exception>
    public async Task<SearchAnswer> SearchAsync(
        ComposedQuery query, SearchOptions? options = null, CancellationToken stop = default) =>
        await SearchAsync(await ComposeAsync(query, stop).ConfigureAwait(false), options, stop).ConfigureAwait(false);

    /// <summary>Finds the pictures that fit a query composed before; nothing is encoded.</summary>
    public Task<SearchAnswer> SearchAsync(PreparedQuery query, SearchOptions? options = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return Task.Run(() => FindAsync(query, options ?? new(), stop), stop);
    }

    /// <summary>The same for callers that wait.</summary>
    /// <exception cref="CirrusException">A picture cannot be read, or the method has no weights.</exception>
    public SearchAnswer Search(ComposedQuery query, SearchOptions? options = null) =>
        SearchAsync(query, options).GetAwaiter().GetResult();

    /// <summary>The k pictures that fit best.</summary>
    /// <exception cref="CirrusException">A picture cannot be read, or the method has no weights.</exception>
    public SearchAnswer Search(ComposedQuery query, int k) => Search(query, new SearchOptions(k));

    public void Dispose()
    {
        foreach (Lazy<ComposerLane> lane in _lanes.Values.Where(l => l.IsValueCreated))
            lane.Value.Dispose();
        if (_ownsEncoder)
            Encoder.Dispose();
        if (_ownsIndex)
            Index.Dispose();
    }

    private static string Find(string gallery) => GalleryFolder.Find(gallery)
        ?? throw new CirrusException($"There is no gallery in '{gallery}' or above it.",
            hint: $"make one: cirrus index {(Directory.Exists(gallery) ? gallery : "FOLDER")}", kind: ProblemKind.NotFound);

    /// <exception cref="CirrusException">The gallery was made with another model.</exception>
    private static bool Fitting(GalleryFolder gallery, ClipEncoder encoder, string? model) =>
        encoder.Clip.Fingerprint == gallery.Space.Fingerprint ? true
        : throw Other($"Gallery '{gallery.Folder}'", gallery.Space, encoder,
            $"give the model it was made with, or index again: cirrus index {gallery.Root} --model {model ?? "PATH"} --rebuild");

    private static CirrusException Other(string place, EmbeddingSpace space, ClipEncoder encoder, string hint) =>
        new($"{place} holds embeddings of {space.Model} ({space.Fingerprint}), "
            + $"but the model is {encoder.Clip.Config.Name} ({encoder.Clip.Fingerprint}).",
            hint, kind: ProblemKind.Mismatch);

    private FolderIndex Folder =>
        Index as FolderIndex ?? throw new InvalidOperationException("The retriever searches no folder.");

    /// <summary>Where the pictures lie on this machine; null: they do not.</summary>
    private string? Root => Index is FolderIndex folder ? folder.Look(g => g.Root) : _pictures;

    private async Task<SearchAnswer> FindAsync(PreparedQuery query, SearchOptions options, CancellationToken stop)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Top, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Offset);
        using Activity? activity = Telemetry.Source.StartActivity("cirrus.search");
        long start = Stopwatch.GetTimestamp();
        SearchAnswer answer = Index is FolderIndex folder
            ? folder.Look(g => new SnapshotSearch(query, options, g).Run(stop))
            : await new IndexSearch(query, options, Index, _pictures).RunAsync(stop).ConfigureAwait(false);
        double took = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        activity?.SetTag("cirrus.searched", answer.Searched).SetTag("cirrus.hits", answer.Hits.Count);
        return answer with { Timings = query.Timings with { Search = took } };
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
        if (_weights is not null || Index is not FolderIndex folder)
            return _weights;
        string beside = Path.Combine(folder.Look(g => g.Folder), MethodsFolder, method.Name + ".safetensors");
        return File.Exists(beside) ? beside : null;
    }
}
