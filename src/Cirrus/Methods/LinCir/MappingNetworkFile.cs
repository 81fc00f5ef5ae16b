using Cirrus.Tensors;

namespace Cirrus.Methods.LinCir;

/// <summary>φ on disk: the published .pt ({'epoch', 'Phi'}), safetensors with provenance, or a run folder.</summary>
public static class MappingNetworkFile
{
    /// <summary>The finished network of a run folder.</summary>
    public const string InRun = "phi.safetensors";

    /// <summary>What may stand before the names: nothing, the dict of the published file, the parts of a run's checkpoint.</summary>
    private static readonly string[] Prefixes = ["", "Phi.", "ema.", "phi."];

    /// <summary>
    /// Loads φ by a file, or from a run folder: the best checkpoint, else the finished network, else the last checkpoint.
    /// </summary>
    /// <exception cref="CirrusException">There is none, or its tensors are not a φ.</exception>
    public static MappingNetwork Load(string path, Device device)
    {
        StateDict file = StateDict.Read(path, "φ", MappingNetwork.Names, Prefixes, InRun);
        (int p, int hidden, int w) = (file.Shapes[0][^1], file.Shapes[0][0], file.Shapes[4][0]);
        return new(device, p, hidden, w, file.Check(MappingNetwork.Shapes(p, hidden, w)).Values) { Provenance = file.Metadata };
    }

    /// <summary>
    /// Writes φ: a name ending in .pt in the published layout, anything else as safetensors with
    /// <see cref="PseudoWordNetwork.Provenance"/>.
    /// </summary>
    public static void Save(MappingNetwork phi, string path) => StateDict.Write(path, "Phi",
        phi.Weights.Select((w, i) => SavedTensor.From(MappingNetwork.Names[i], w)), phi.Provenance, epoch: "step");
}
