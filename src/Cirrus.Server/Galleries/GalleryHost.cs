using System.Collections.Concurrent;
using System.Text;
using Cirrus.Gallery;
using Cirrus.Server.Errors;
using Cirrus.Tensors;

namespace Cirrus.Server.Galleries;

/// <summary>All galleries that are served, by name, and their models, each opened once.</summary>
internal sealed class GalleryHost : IDisposable
{
    private readonly List<GalleryService> _all = [];
    private readonly ConcurrentDictionary<string, Lazy<ClipEncoder>> _encoders = new();

    /// <exception cref="CirrusException">A place has no gallery.</exception>
    public GalleryHost(ServerOptions options)
    {
        ClipEncoderOptions how = new(Waiting: options.Limits.Queue, MaxMegapixels: options.Limits.Megapixels);
        HashSet<string> folders = [], names = [];
        foreach (string place in options.Galleries)
            if (folders.Add(Path.GetFullPath(GalleryFolder.Named(place))))
                _all.Add(GalleryService.Open(NameFor(FolderOf(place), names), place, options, model => EncoderOf(model, how)));
        foreach (ServedIndex served in options.Indexes)
            _all.Add(GalleryService.Open(NameFor(served.Name, names), served, options, model => EncoderOf(model, how)));
    }

    public IReadOnlyList<GalleryService> All => _all;

    /// <summary>A gallery by its name; without one, the only one.</summary>
    /// <exception cref="ApiException">There is none of that name, or it is not clear which.</exception>
    public GalleryService Find(string? name)
    {
        string known = string.Join(", ", _all.Select(g => g.Name));
        if (_all.Count == 0)
            throw ApiException.NotFound("no_gallery", "No gallery is served.", "make one and serve it: cirrus index FOLDER; cirrus serve FOLDER");
        if (name is null)
            return _all.Count == 1 ? _all[0]
                : throw ApiException.Invalid(new FieldError("gallery", "missing", $"there are {_all.Count} galleries.", $"name one of: {known}"));
        return _all.FirstOrDefault(g => g.Name == name)
            ?? throw ApiException.NotFound("unknown_gallery", $"There is no gallery '{name}'.", $"galleries are: {known}");
    }

    public void Dispose()
    {
        foreach (GalleryService gallery in _all)
            gallery.Dispose();
        foreach (Lazy<ClipEncoder> encoder in _encoders.Values.Where(e => e.IsValueCreated))
            encoder.Value.Dispose();
    }

    /// <summary>A model, opened once; one that cannot be opened now may be later.</summary>
    private ClipEncoder EncoderOf(string model, ClipEncoderOptions how)
    {
        Lazy<ClipEncoder> encoder = _encoders.GetOrAdd(model, m => new(() => ClipEncoder.Open(m, how)));
        try
        {
            return encoder.Value;
        }
        finally
        {
            if (!encoder.IsValueCreated)
                _encoders.TryRemove(new(model, encoder));
        }
    }

    /// <summary>The name of the folder of pictures.</summary>
    private static string FolderOf(string place)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(GalleryFolder.Named(place))), last = Path.GetFileName(full);
        return last == GalleryFolder.Name ? Path.GetFileName(Path.GetDirectoryName(full)) ?? "" : last;
    }

    /// <summary>A name as it may stand in an address, unlike all others.</summary>
    private static string NameFor(string wanted, HashSet<string> taken)
    {
        StringBuilder slug = new();
        foreach (char c in wanted.ToLowerInvariant())
            if (char.IsAsciiLetterOrDigit(c))
                slug.Append(c);
            else if (slug.Length > 0 && slug[^1] != '-')
                slug.Append('-');
        string name = slug.ToString().Trim('-') is { Length: > 0 } some ? some : "gallery";
        string unique = name;
        for (int i = 2; !taken.Add(unique); i++)
            unique = $"{name}-{i}";
        return unique;
    }
}
