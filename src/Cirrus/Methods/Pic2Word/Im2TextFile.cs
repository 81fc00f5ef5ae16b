using Cirrus.Tensors;

namespace Cirrus.Methods.Pic2Word;

/// <summary>
/// IM2TEXT on disk: the published .pt ({'state_dict_img2text': ...}), safetensors with provenance, or a run folder.
/// </summary>
public static class Im2TextFile
{
    /// <summary>The finished network of a run folder.</summary>
    public const string InRun = "im2text.safetensors";

    private const string Published = "state_dict_img2text", Distributed = "module.";

    /// <summary>
    /// What may stand before the names: the published file's dict, written by several processes or by one; nothing; a
    /// run's checkpoint.
    /// </summary>
    private static readonly string[] Prefixes = [$"{Published}.{Distributed}", $"{Published}.", "", Distributed, "im2text."];

    /// <summary>Loads IM2TEXT by a file, or from a run folder: the finished network, else the last checkpoint.</summary>
    /// <exception cref="CirrusException">There is none, or its tensors are not an IM2TEXT.</exception>
    public static Im2Text Load(string path, Device device)
    {
        StateDict file = StateDict.Read(path, "network of Pic2Word", Im2Text.Names, Prefixes, InRun);
        (int p, int hidden, int w) = (file.Shapes[0][^1], file.Shapes[0][0], file.Shapes[4][0]);
        return new(device, p, hidden, w, file.Check(Im2Text.Shapes(p, hidden, w)).Values) { Provenance = file.Metadata };
    }

    /// <summary>
    /// Writes IM2TEXT: a name ending in .pt in the published layout, anything else as safetensors with
    /// <see cref="PseudoWordNetwork.Provenance"/>.
    /// </summary>
    /// <remarks>The released code loads a file into a module wrapped for several processes: names begin with "module.".</remarks>
    public static void Save(Im2Text network, string path)
    {
        string prefix = StateDict.IsPublished(path) ? Distributed : "";
        StateDict.Write(path, Published,
            network.Weights.Select((w, i) => SavedTensor.From(prefix + Im2Text.Names[i], w)), network.Provenance);
    }
}
