using Cirrus.Gallery;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary>Where a CLIP is: what --model says, the one a gallery was made with, or the drawn world's that ships.</summary>
internal static class ModelPlace
{
    /// <summary>The name of the CLIP that ships.</summary>
    public const string Shipped = "playground";

    public const string Description = "a CLIP: a Hugging Face folder, an open_clip or OpenAI file, or playground, the small one that ships and knows drawn pictures only";

    /// <param name="asked">--model, or null.</param>
    /// <param name="space">of the gallery that is there already, or null.</param>
    /// <exception cref="CirrusException">Neither names a model.</exception>
    public static string Find(string? asked, EmbeddingSpace? space) => asked switch
    {
        Shipped when !Path.Exists(Shipped) => PlaygroundClip.Folder,
        not null => asked,
        null when space is not null => space.ModelPath ?? PlaygroundClip.Folder,
        _ => throw new CirrusException("No CLIP is named, and none is known for this folder.",
            hint: "name a checkpoint you have: --model FOLDER-OR-FILE; --model playground takes the small one that ships, which knows drawn pictures only"),
    };

    /// <summary>What a manifest keeps: the absolute path, null for the model that ships (its place moves with the program).</summary>
    public static string? ForManifest(string path) => path == PlaygroundClip.Folder ? null : Path.GetFullPath(path);
}
