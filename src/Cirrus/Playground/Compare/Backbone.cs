using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Playground.Compare;

/// <summary>A CLIP of the drawn world that ships: three sizes, for training time against quality.</summary>
/// <param name="Name">as typed after --sizes.</param>
public sealed record Backbone(string Name, string Folder)
{
    /// <summary>Smallest first; the last is the Playground's own.</summary>
    public static IReadOnlyList<Backbone> All { get; } =
    [
        new("small", Beside("playground-clip-small")),
        new("middle", Beside("playground-clip-middle")),
        new("full", PlaygroundClip.Folder),
    ];

    /// <exception cref="CirrusException">It is not beside the program.</exception>
    public ClipModel Load(Device device) => Directory.Exists(Folder)
        ? ClipModel.Load(Folder, device)
        : throw new CirrusException($"The playground's {Name} model is not in '{Folder}'.", hint: "install cirrus again");

    private static string Beside(string name) => Path.Combine(Path.GetDirectoryName(PlaygroundClip.Folder)!, name);
}
