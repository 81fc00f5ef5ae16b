using System.Globalization;
using Cirrus.Gallery;
using Cirrus.Methods;
using Cirrus.Server.Api;
using Cirrus.Server.Errors;
using Cirrus.Tensors;

namespace Cirrus.Server.Galleries;

/// <summary>A gallery that is served: its view at once, its retriever when the model is there.</summary>
/// <remarks>Writing is one at a time and never in the way of searches: these see the state before until it is done.</remarks>
internal sealed class GalleryService : IDisposable
{
    private const int LookEvery = 2000;
    private readonly Opening<Retriever> _opening;
    private readonly Lock _reloading = new();
    private readonly SemaphoreSlim _writing = new(1), _comparing = new(1);
    private GalleryView _view;
    private (GalleryView Of, IReadOnlyList<DuplicateGroup> Groups)? _alike;
    private long _looked = Environment.TickCount64;

    private readonly Func<GalleryView, Retriever?, GalleryView?> _newer;

    /// <param name="folder">null: it is no folder, and only read.</param>
    /// <param name="newer">the view of now where that is another than the one given, else null; brings the retriever, where it is there, up to date.</param>
    private GalleryService(string name, string? folder, GalleryView view, Opening<Retriever> opening,
        Func<GalleryView, Retriever?, GalleryView?> newer) =>
        (Name, Folder, _view, _opening, _newer) = (name, folder, view, opening, newer);

    /// <summary>In addresses.</summary>
    public string Name { get; }

    /// <summary>Of the manifest; null: the gallery is no folder.</summary>
    public string? Folder { get; }

    /// <summary>True for what this server only searches.</summary>
    public bool IsReadOnly => Folder is null;

    /// <summary>Where its CLIP is; null when nobody says.</summary>
    public string? ModelPath { get; private init; }

    public GalleryView View => Volatile.Read(ref _view);

    /// <summary>ready, loading or failed.</summary>
    public string State => _opening.Attempt is { IsCompleted: true } over ? over.IsFaulted ? "failed" : "ready" : "loading";

    /// <summary>Why its model is not there.</summary>
    public Exception? Failure => _opening.Attempt.Exception?.InnerException;

    /// <summary>The retriever, once it is there.</summary>
    public Retriever? Ready => _opening.Attempt is { IsCompletedSuccessfully: true } over ? over.Result : null;

    /// <summary>Methods whose weights are here.</summary>
    public IReadOnlyList<string> Methods => [.. Ready is { } retriever ? retriever.Methods.Select(m => m.Name)
        : Method.All.Where(m => !m.NeedsWeights || (Folder is string folder
            && File.Exists(Path.Combine(folder, Retriever.MethodsFolder, m.Name + ".safetensors")))).Select(m => m.Name)];

    /// <param name="encoderOf">opens a model, or gives one that is open.</param>
    /// <exception cref="CirrusException">There is no gallery.</exception>
    public static GalleryService Open(string name, string place, ServerOptions options, Func<string, ClipEncoder> encoderOf)
    {
        string folder = GalleryFolder.Named(place);
        using GalleryFolder gallery = GalleryFolder.Open(folder);
        string? model = ModelOf(gallery.Space, options);
        return new(name, folder, new(gallery), new(() => WithWeights(Retriever.Open(folder, encoderOf(Named(model, name))),
            options), options.TryAgainAfter), (view, retriever) =>
        {
            retriever?.Refresh();
            if (GalleryFolder.VersionOf(folder).ToString(CultureInfo.InvariantCulture) == view.Version)
                return null;
            if (retriever is not null)
                return retriever.Look(g => new GalleryView(g));
            using GalleryFolder now = GalleryFolder.Open(folder);
            return new(now);
        })
        {
            ModelPath = model,
        };
    }

    /// <summary>Serves an index that is open.</summary>
    /// <param name="encoderOf">opens a model, or gives one that is open.</param>
    /// <exception cref="CirrusException">It does not answer.</exception>
    public static GalleryService Open(string name, ServedIndex served, ServerOptions options, Func<string, ClipEncoder> encoderOf)
    {
        string? model = ModelOf(served.Index.Space, options);
        return new(name, null, GalleryView.OfAsync(served).GetAwaiter().GetResult(),
            new(() => WithWeights(Retriever.Open(served.Index, encoderOf(Named(model, name)), pictures: served.Pictures), options),
                options.TryAgainAfter),
            (view, _) => served.Index.VersionAsync().GetAwaiter().GetResult() == view.Version
            ? null : GalleryView.OfAsync(served).GetAwaiter().GetResult())
        {
            ModelPath = model,
        };
    }

    private static string? ModelOf(EmbeddingSpace space, ServerOptions options) => options.Model ?? space.ModelPath ?? options.ShippedModel;

    private static string Named(string? model, string gallery) => model ?? throw new CirrusException(
        $"Gallery '{gallery}' does not say where its model is.", hint: "name it: cirrus serve --model PATH");

    private static Retriever WithWeights(Retriever retriever, ServerOptions options)
    {
        foreach ((string method, string weights) in options.Weights)
            retriever.TakeWeights(method, weights);
        return retriever;
    }

    /// <summary>Waits for the model; one that did not load is tried again after a while.</summary>
    /// <exception cref="ApiException">409 when it is another one than the gallery's, 503 when it does not load.</exception>
    public async Task<Retriever> RetrieverAsync(CancellationToken stop)
    {
        Touch();
        try
        {
            return await _opening.Ask().WaitAsync(stop);
        }
        catch (CirrusException e)
        {
            throw e.Kind == ProblemKind.Mismatch ? new ApiException(409, "model_mismatch", e.Message, e.Hint, e) : Failed(e);
        }
    }

    /// <summary>
    /// Groups of nearly equal pictures, found once for each state of the gallery. Who goes away stops the comparing;
    /// who waits behind begins anew.
    /// </summary>
    /// <exception cref="ApiException">409 or 503: its model is another, or does not load.</exception>
    public async Task<IReadOnlyList<DuplicateGroup>> NearDuplicatesAsync(CancellationToken stop)
    {
        Retriever retriever = await RetrieverAsync(stop);
        await _comparing.WaitAsync(stop);
        try
        {
            GalleryView view = View;
            if (_alike is not { } known || known.Of != view)
                _alike = known = (view, await Task.Run(() => NearDuplicates.Of(retriever, stop), stop));
            return known.Groups;
        }
        finally
        {
            _comparing.Release();
        }
    }

    /// <summary>Whether it can be searched, now or when its model is there.</summary>
    /// <exception cref="ApiException">503: its model does not load, or is another one.</exception>
    public void NeedsToBeUsable()
    {
        if (Failure is not { } why)
            return;
        _opening.Ask();
        throw Failed(why);
    }

    /// <summary>A method may be asked for when its weights are here; whether they fit shows when they are opened.</summary>
    /// <exception cref="ApiException">409: they are not.</exception>
    public void NeedsWeightsOf(Method method)
    {
        if (method.NeedsWeights && !Methods.Contains(method.Name))
            throw new ApiException(409, "no_weights", $"There are no weights of {method.Name} for gallery '{Name}'.",
                $"start the server with them: cirrus serve --weights "
                    + $"{method.Name}=PATH{(method.Training is null ? "" : $"; they are made by: cirrus train {method.Name}")}");
    }

    /// <summary>Looks now and then whether somebody else has indexed, and lets the next requests see it.</summary>
    public void Touch()
    {
        long now = Environment.TickCount64, before = Interlocked.Read(ref _looked);
        if (now - before >= LookEvery && Ready is not null && Interlocked.CompareExchange(ref _looked, now, before) == before)
            _ = Task.Run(Reload);
    }

    /// <summary>Lets the next requests see what is on the disk now; a gallery that cannot be read stays as it was.</summary>
    public void Reload()
    {
        lock (_reloading)
        {
            try
            {
                if (_newer(View, Ready) is { } now)
                    Volatile.Write(ref _view, now);
            }
            catch (CirrusException)
            {
            }
        }
    }

    /// <exception cref="ApiException">409: the gallery is in a database, which a server only reads.</exception>
    public void RequireWritable()
    {
        if (IsReadOnly)
            throw new ApiException(409, "read_only", $"Gallery '{Name}' is in a database, which this server only reads.",
                "write it elsewhere: cirrus index FOLDER; cirrus gallery export FOLDER --to CONNECTION");
    }

    /// <summary>Writes, alone, and lets the next requests see it.</summary>
    /// <exception cref="ApiException">409: somebody writes already.</exception>
    public async Task<T> WriteAsync<T>(Func<GalleryWriter, T> write, CancellationToken stop)
    {
        RequireWritable();
        if (!await _writing.WaitAsync(TimeSpan.FromSeconds(5), stop))
            throw Busy(null);
        try
        {
            return await Task.Run(() =>
            {
                using GalleryWriter writer = Writer();
                return write(writer);
            }, CancellationToken.None);
        }
        finally
        {
            _writing.Release();
            Reload();
        }
    }

    public void Dispose()
    {
        try
        {
            _opening.Attempt.GetAwaiter().GetResult().Dispose();
        }
        catch (CirrusException)
        {
        }
        _writing.Dispose();
        _comparing.Dispose();
    }

    private GalleryWriter Writer()
    {
        try
        {
            return GalleryWriter.Open(Folder!);
        }
        catch (CirrusException e) when (e.Kind == ProblemKind.Busy)
        {
            throw Busy(e);
        }
    }

    private ApiException Failed(Exception e) =>
        new(503, "model_failed", $"The model of gallery '{Name}' did not load: {e.Message}", (e as CirrusException)?.Hint, e)
        {
            RetryAfter = Math.Max(1, (int)_opening.Pause.TotalSeconds),
        };

    /// <summary>409: to be tried again.</summary>
    public ApiException Busy(Exception? inner) =>
        new(409, "gallery_busy", $"Gallery '{Name}' is being written.", "try again when the job has ended", inner)
        {
            RetryAfter = 5,
        };
}
