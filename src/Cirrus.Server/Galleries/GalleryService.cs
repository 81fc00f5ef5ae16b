using Cirrus.Gallery;
using Cirrus.Methods;
using Cirrus.Server.Errors;
using Cirrus.Tensors;

namespace Cirrus.Server.Galleries;

/// <summary>A gallery that is served: its view at once, its retriever when the model is there.</summary>
internal sealed class GalleryService : IDisposable
{
    private readonly Task<Retriever> _retriever;
    private readonly GalleryView _view;

    private GalleryService(string name, string folder, GalleryView view, Func<Retriever> open)
    {
        (Name, Folder, _view) = (name, folder, view);
        _retriever = Task.Run(open);
    }

    /// <summary>In addresses.</summary>
    public string Name { get; }

    /// <summary>Of the manifest.</summary>
    public string Folder { get; }

    public GalleryView View => _view;

    /// <summary>ready, loading or failed.</summary>
    public string State => _retriever.IsCompletedSuccessfully ? "ready" : _retriever.IsFaulted ? "failed" : "loading";

    /// <summary>Why its model is not there.</summary>
    public Exception? Failure => _retriever.IsFaulted ? _retriever.Exception.InnerException : null;

    /// <summary>The retriever, once it is there.</summary>
    public Retriever? Ready => _retriever.IsCompletedSuccessfully ? _retriever.Result : null;

    /// <exception cref="CirrusException">There is no gallery.</exception>
    public static GalleryService Open(string name, string place, ServerOptions options)
    {
        string folder = GalleryFolder.Find(place) ?? throw new CirrusException($"There is no gallery in '{place}' or above it.", hint: $"make one: cirrus index {place}");
        using GalleryFolder gallery = GalleryFolder.Open(folder);
        string? model = options.Model ?? gallery.Space.ModelPath ?? options.ShippedModel;
        return new(name, folder, new(gallery), () => Retriever.Open(folder, model, options.Weights.Values.FirstOrDefault()));
    }

    /// <summary>Waits for the model.</summary>
    /// <exception cref="ApiException">409 when it is another one than the gallery's, 503 when it does not load.</exception>
    public async Task<Retriever> RetrieverAsync(CancellationToken stop)
    {
        try
        {
            return await _retriever.WaitAsync(stop);
        }
        catch (CirrusException e)
        {
            throw e.Kind == ProblemKind.Mismatch ? new ApiException(409, "model_mismatch", e.Message, e.Hint, e)
                : new ApiException(503, "model_failed", $"The model of gallery '{Name}' did not load: {e.Message}", e.Hint, e) { RetryAfter = 60 };
        }
    }

    /// <summary>Methods whose weights are here.</summary>
    public IReadOnlyList<string> Methods => [.. Method.All.Where(m => !m.NeedsWeights || File.Exists(Path.Combine(Folder, Retriever.MethodsFolder, m.Name + ".safetensors"))).Select(m => m.Name)];

    public void Dispose()
    {
        if (_retriever.IsCompletedSuccessfully)
            _retriever.Result.Dispose();
    }
}
