using Cirrus.Gallery;
using Cirrus.Hub;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary>
/// Where a CLIP is: what --model says (a path, or a model in the hub's cache), the one a gallery was made with, or the
/// drawn world's that ships.
/// </summary>
internal static class ModelPlace
{
    /// <summary>The name of the CLIP that ships.</summary>
    public const string Shipped = "playground";

    public const string Description =
        "a CLIP: a Hugging Face folder, an open_clip or OpenAI file, one that 'cirrus models pull' fetched (vit-l-14, or "
            + "org/name), or playground, the small one that ships and knows drawn pictures only";

    /// <param name="asked">--model, or null.</param>
    /// <param name="space">of the gallery that is there already, or null.</param>
    /// <exception cref="CirrusException">Neither names a model, or the one named was not fetched yet.</exception>
    public static string Find(string? asked, EmbeddingSpace? space) => asked switch
    {
        Shipped when !Path.Exists(Shipped) => PlaygroundClip.Folder,
        not null => Path.Exists(asked) ? asked : InCache(asked, HubSettings.FromEnvironment()) ?? asked,
        null when space is not null => space.ModelPath is string path ? Kept(path) : PlaygroundClip.Folder,
        _ => throw new CirrusException("No CLIP is named, and none is known for this folder.",
            hint: "name a checkpoint you have: --model FOLDER-OR-FILE; cirrus models lists what can be fetched; --model "
                + "playground takes the small one that ships, which knows drawn pictures only"),
    };

    /// <summary>Trained weights: a path as it is, or a model in the hub's cache.</summary>
    /// <exception cref="CirrusException">It names a known model that was not fetched yet.</exception>
    public static string FindWeights(string asked)
    {
        if (Path.Exists(asked))
            return asked;
        HubSettings settings = HubSettings.FromEnvironment();
        return KnownModel.Find(asked) is not null || Of(asked, settings) ? InCache(asked, settings) ?? asked : asked;      // else a path that is not there yet
    }

    /// <summary>The folder of a model in the hub's cache; null for what is no name of a model.</summary>
    /// <exception cref="CirrusException">It names a model that is not here.</exception>
    public static string? InCache(string asked, HubSettings settings)
    {
        if (KnownModel.Find(asked)?.Id is not string id
            && (!asked.Contains('/', StringComparison.Ordinal) || HasEnding(asked) || (id = asked) is null))
            return null;
        if (!HubRepository.TryParse(id, out HubRepository? repository))
            return null;
        return new HubCache(settings.Cache, settings.Symlinks).FindModel(repository) ?? throw Absent(asked, settings);
    }

    /// <summary>What a manifest keeps: the absolute path, null for the model that ships (its place moves with the program).</summary>
    public static string? ForManifest(string path) => path == PlaygroundClip.Folder ? null : Path.GetFullPath(path);

    /// <summary>The repository that people mean by a name.</summary>
    /// <exception cref="CirrusException">It cannot be one.</exception>
    public static HubRepository Repository(string asked) => KnownModel.Find(asked) is { } known ? HubRepository.Parse(known.Id)
        : asked.Contains('/', StringComparison.Ordinal) ? HubRepository.Parse(asked)
        : throw new CirrusException($"There is no known model '{asked}'.",
            hint: $"known are {string.Join(", ", KnownModel.All.Select(m => m.Name))}; any other is written org/name");

    public static CirrusException Absent(string asked, HubSettings settings) =>
        KnownModel.Find(asked) is not null || Directory.Exists(settings.Cache) && Of(asked, settings)
        ? new($"The model '{asked}' is not here, or not whole.", hint: $"fetch it: cirrus models pull {asked}")
        : new($"There is nothing at '{asked}', and no model of that name was fetched.",
            hint: $"check the path; if it is a model of the hub, fetch it: cirrus models pull {asked}");

    private static bool Of(string asked, HubSettings settings) =>
        HubRepository.TryParse(asked, out HubRepository? repository) && Directory.Exists(new HubCache(settings.Cache).Of(repository));

    /// <summary>org/name is no file's name with the usual endings.</summary>
    private static bool HasEnding(string asked) =>
        Path.GetExtension(asked).ToLowerInvariant() is ".safetensors" or ".pt" or ".pth" or ".bin" or ".json" or ".gz";

    /// <summary>The model a gallery was made with; one that was in the hub's cache and is no more can be fetched again.</summary>
    private static string Kept(string path)
    {
        string[] parts = path.Replace('\\', '/').TrimEnd('/').Split('/');
        return Path.Exists(path) || parts is not [.., string folder, "snapshots", string commit]
            || HubRepository.OfFolder(folder) is not HubRepository repository ? path
            : throw new CirrusException($"The model of this gallery, {repository}, is no longer in the cache.",
                hint: $"fetch it again: cirrus models pull {repository} --revision {commit}");
    }
}
