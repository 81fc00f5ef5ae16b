using System.Text.Json;
using System.Text.Json.Serialization;
using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Methods.LinCir;
using Cirrus.Tensors;

namespace Cirrus.Playground;

/// <summary>How the φ of a demo's folder was trained.</summary>
/// <param name="Fingerprint">of the CLIP it was trained with.</param>
/// <param name="Seconds">of wall time, captions and tagging included.</param>
/// <param name="Losses">a value a step; fewer than the options' steps when time was up before.</param>
public sealed record DemoTraining(string Fingerprint, LinCirOptions Options, double Seconds, IReadOnlyList<float> Losses);

/// <summary>demo.json: says that the folder is a demo's, and which pictures in it the demo has drawn.</summary>
internal sealed record DemoFacts(int Format, string MadeBy, IReadOnlyList<string> Pictures, DemoTraining? Training)
{
    public const int CurrentFormat = 1;
    public const string Us = "cirrus demo";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(DemoFacts))]
internal sealed partial class DemoJson : JsonSerializerContext;

/// <summary>The folder that <c>cirrus demo</c> makes: pictures, their gallery with a trained φ, the report.</summary>
/// <remarks>
/// Made again over itself: what is as it would be made is left alone. Only files that demo.json names are ever overwritten or
/// deleted, so pictures that people put beside them stay.
/// </remarks>
public sealed class DemoFolder
{
    /// <summary>Of the pictures' sides: four times what the small CLIP sees, for people.</summary>
    public const int Side = 256;

    private const string Facts = "demo.json";
    private const int DrawnAtOnce = 64;
    private DemoFacts _facts;

    private DemoFolder(string path, DemoFacts facts) => (Path, _facts) = (path, facts);

    public string Path { get; }

    /// <summary>
    /// How the φ that lies here was trained; null when there is none, or none that was trained to its end with this
    /// model and these options.
    /// </summary>
    public DemoTraining? TrainingOf(ClipModel clip, LinCirOptions options) => File.Exists(Phi) && _facts.Training is { } t
        && t.Fingerprint == clip.Fingerprint && t.Options == options && t.Losses.Count == options.Steps ? t : null;

    public string Phi => System.IO.Path.Combine(Path, GalleryFolder.Name, Retriever.MethodsFolder, "lincir.safetensors");

    public string Report => System.IO.Path.Combine(Path, "report.html");

    private string Pictures => System.IO.Path.Combine(Path, "pictures");

    /// <summary>The path of a picture by its name.</summary>
    public string PictureAt(string name) => System.IO.Path.Combine(Pictures, name);

    /// <summary>Opens a demo's folder, or makes a new one.</summary>
    /// <exception cref="CirrusException">There is something that no demo made, or nothing can be written.</exception>
    public static DemoFolder Open(string path)
    {
        if (File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()))
            return new(path, Read(path));
        DemoFolder made = new(path, new(DemoFacts.CurrentFormat, DemoFacts.Us, [], null));
        OnDisk(() => Directory.CreateDirectory(path));
        made.Save(made._facts);
        return made;
    }

    /// <summary>
    /// Draws the gallery's pictures; those that are there already are not touched, those of an earlier demo that are
    /// not wanted any more go.
    /// </summary>
    /// <exception cref="OperationCanceledException">Asked to stop: what is written is whole.</exception>
    public void Draw(DemoGallery gallery, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(gallery);
        IReadOnlyList<string> before = _facts.Pictures;
        Save(_facts with { Pictures = [.. before.Union(gallery.Names)] });
        OnDisk(() => Directory.CreateDirectory(Pictures));
        foreach (int[] some in Enumerable.Range(0, gallery.Names.Count).Chunk(DrawnAtOnce))
        {
            stop.ThrowIfCancellationRequested();
            byte[][] drawn = new byte[some.Length][];
            Parallel.For(0, some.Length, i => drawn[i] = Png.Encode(gallery.Picture(some[i], Side), Side));
            for (int i = 0; i < some.Length; i++)
                Write(PictureAt(gallery.Names[some[i]]), drawn[i]);
        }
        foreach (string name in before.Except(gallery.Names))
            OnDisk(() => File.Delete(PictureAt(name)));
        Save(_facts with { Pictures = gallery.Names });
    }

    /// <summary>Brings the gallery up to date; one of another model, or a damaged one, is made anew.</summary>
    /// <exception cref="OperationCanceledException">Asked to stop: what was encoded is kept.</exception>
    public IndexSummary Index(ClipModel clip, Action<IndexProgress>? progress, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(clip);
        EmbeddingSpace space = new(clip.Config.Name, clip.Fingerprint, null, clip.Config.P, clip.Preprocessing.ToString(), "exif");
        using GalleryWriter gallery = OpenGallery(space);
        IndexSummary done = new Indexer(gallery, clip, new([])).Run(progress, stop);
        stop.ThrowIfCancellationRequested();
        return done;
    }

    /// <summary>Keeps a φ where search finds it.</summary>
    public void Keep(MappingNetwork phi, DemoTraining training)
    {
        OnDisk(() => Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Phi)!));
        Save(_facts with { Training = null });    // never another φ's facts
        MappingNetworkFile.Save(phi, Phi);
        Save(_facts with { Training = training });
    }

    private GalleryWriter OpenGallery(EmbeddingSpace space)
    {
        string folder = System.IO.Path.Combine(Path, GalleryFolder.Name);
        if (Directory.Exists(folder))
        {
            try
            {
                GalleryWriter gallery = GalleryWriter.Open(folder);
                if (gallery.Space == space)
                    return gallery;
                gallery.Dispose();
            }
            catch (CirrusException e) when (e.InnerException is not IOException)    // damaged; one that another process writes is an IOException
            {
            }
            OnDisk(() => Directory.Delete(folder, recursive: true));
        }
        return GalleryWriter.Create(folder, Path, space);
    }

    private static DemoFacts Read(string path)
    {
        try
        {
            string file = System.IO.Path.Combine(path, Facts);
            if (File.Exists(file) && JsonSerializer.Deserialize(File.ReadAllBytes(file), DemoJson.Default.DemoFacts)
                is { MadeBy: DemoFacts.Us, Format: DemoFacts.CurrentFormat, Pictures: not null } facts
                && facts.Pictures.All(n => n == System.IO.Path.GetFileName(n)))
                return facts;
        }
        catch (JsonException)
        {
        }
        throw new CirrusException($"'{path}' is not empty and was not made by this demo.", hint: "name another folder: cirrus demo --output FOLDER");
    }

    private static void Write(string path, byte[] content) => OnDisk(() =>
    {
        if (!File.Exists(path) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(content))
            File.WriteAllBytes(path, content);
    });

    private void Save(DemoFacts facts)
    {
        using AtomicFile file = AtomicFile.Create(System.IO.Path.Combine(Path, Facts));
        JsonSerializer.Serialize(file.Stream, facts, DemoJson.Default.DemoFacts);
        file.Keep();
        _facts = facts;
    }

    private static void OnDisk(Action act)
    {
        try
        {
            act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"The demo's folder cannot be written: {e.Message}",
                hint: "name a place of yours: cirrus demo --output FOLDER", e);
        }
    }
}
