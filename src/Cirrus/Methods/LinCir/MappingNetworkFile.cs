using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods.LinCir;

/// <summary>φ on disk: the published .pt ({'epoch', 'Phi'}), safetensors with provenance, or a run folder.</summary>
public static class MappingNetworkFile
{
    /// <summary>The finished network of a run folder.</summary>
    public const string InRun = "phi.safetensors";

    /// <summary>What may stand before the names: nothing, the dict of the published file, the parts of a run's checkpoint.</summary>
    private static readonly string[] Prefixes = ["", "Phi.", "ema.", "phi."];

    /// <summary>Loads φ by a file, or from a run folder: the best checkpoint, else the finished network, else the last checkpoint.</summary>
    /// <exception cref="CirrusException">There is none, or its tensors are not a φ.</exception>
    public static MappingNetwork Load(string path, Device device)
    {
        using TensorFile file = TensorFile.Open(Directory.Exists(path) ? InFolder(path) : path);
        string prefix = Prefixes.FirstOrDefault(p => MappingNetwork.Names.All(n => file.Tensors.ContainsKey(p + n)))
            ?? throw new CirrusException($"'{path}' holds no φ: it has {Some(file.Tensors.Keys)}.",
                hint: $"a φ of LinCIR or SEARLE has the tensors {string.Join(", ", MappingNetwork.Names)}");
        StoredTensor[] stored = [.. MappingNetwork.Names.Select(n => file.Tensors[prefix + n])];
        (int p, int hidden, int w) = Sizes(path, stored);
        List<float[]> weights = [];
        foreach (StoredTensor tensor in stored)
        {
            float[] values = new float[tensor.Count];
            file.Read(tensor.Name, values);
            weights.Add(values);
        }
        return new(device, p, hidden, w, weights) { Provenance = new Dictionary<string, string>(file.Metadata) };
    }

    /// <summary>Writes φ: a name ending in .pt in the published layout, anything else as safetensors with <see cref="MappingNetwork.Provenance"/>.</summary>
    public static void Save(MappingNetwork phi, string path)
    {
        IEnumerable<SavedTensor> tensors = phi.Weights.Select((w, i) => SavedTensor.From(MappingNetwork.Names[i], w));
        if (path.EndsWith(".pt", StringComparison.OrdinalIgnoreCase))
            TorchWriter.Write(path, int.TryParse(phi.Provenance.GetValueOrDefault("step"), out int step) ? step : 0, "Phi", tensors);
        else
            Safetensors.Write(path, tensors, phi.Provenance);
    }

    private static string InFolder(string folder)
    {
        string[] names = [RunFolder.Best, InRun, RunFolder.Last];
        return names.Select(n => Path.Combine(folder, n)).FirstOrDefault(File.Exists)
            ?? throw new CirrusException($"'{folder}' holds no trained φ.", hint: "cirrus train lincir -o FOLDER makes one");
    }

    private static (int P, int Hidden, int W) Sizes(string path, StoredTensor[] stored)
    {
        long[] first = stored[0].Shape, last = stored[4].Shape;
        if (first.Length == 2 && last.Length == 2 && first.Concat(last).All(d => d is > 0 and <= 1 << 20))
        {
            (int p, int hidden, int w) = ((int)first[1], (int)first[0], (int)last[0]);
            int[][] wanted = MappingNetwork.Shapes(p, hidden, w);
            if (stored.Select((t, i) => t.Shape.SequenceEqual(wanted[i].Select(d => (long)d))).All(same => same))
                return (p, hidden, w);
        }
        throw new CirrusException($"The tensors of '{path}' do not fit together: {string.Join(", ", stored.Select(t => $"{t.Name} [{string.Join(", ", t.Shape)}]"))}.",
            hint: "a φ is [H, P], [H], [H, H], [H], [W, H], [W]");
    }

    private static string Some(IEnumerable<string> names)
    {
        string[] first = [.. names.Take(6)];
        return first.Length == 0 ? "no tensors" : string.Join(", ", first.Take(5)) + (first.Length > 5 ? ", ..." : "");
    }
}
