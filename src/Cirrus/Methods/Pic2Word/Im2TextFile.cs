using System.Globalization;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods.Pic2Word;

/// <summary>IM2TEXT on disk: the published .pt ({'state_dict_img2text': ...}), safetensors with provenance, or a run folder.</summary>
public static class Im2TextFile
{
    /// <summary>The finished network of a run folder.</summary>
    public const string InRun = "im2text.safetensors";

    private const string Published = "state_dict_img2text", Distributed = "module.";

    /// <summary>What may stand before the names: the published file's dict, written by several processes or by one; nothing; a run's checkpoint.</summary>
    private static readonly string[] Prefixes = [$"{Published}.{Distributed}", $"{Published}.", "", Distributed, "im2text."];

    /// <summary>Loads IM2TEXT by a file, or from a run folder: the finished network, else the last checkpoint.</summary>
    /// <exception cref="CirrusException">There is none, or its tensors are not an IM2TEXT.</exception>
    public static Im2Text Load(string path, Device device)
    {
        using TensorFile file = TensorFile.Open(Directory.Exists(path) ? InFolder(path) : path);
        string prefix = Prefixes.FirstOrDefault(p => Im2Text.Names.All(n => file.Tensors.ContainsKey(p + n)))
            ?? throw new CirrusException($"'{path}' holds no network of Pic2Word.", hint: $"it has the tensors {string.Join(", ", Im2Text.Names)}");
        StoredTensor[] stored = [.. Im2Text.Names.Select(n => file.Tensors[prefix + n])];
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

    /// <summary>Writes IM2TEXT: a name ending in .pt in the published layout, anything else as safetensors with <see cref="Im2Text.Provenance"/>.</summary>
    /// <remarks>The released code loads a file into a module wrapped for several processes, so the names begin with "module.".</remarks>
    public static void Save(Im2Text network, string path)
    {
        bool published = path.EndsWith(".pt", StringComparison.OrdinalIgnoreCase);
        SavedTensor[] tensors = [.. network.Weights.Select((w, i) => SavedTensor.From((published ? Distributed : "") + Im2Text.Names[i], w))];
        if (published)
            TorchWriter.Write(path, int.TryParse(network.Provenance.GetValueOrDefault("epoch"), CultureInfo.InvariantCulture, out int epoch) ? epoch : 0, Published, tensors);
        else
            Safetensors.Write(path, tensors, network.Provenance);
    }

    private static string InFolder(string folder) => new[] { InRun, RunFolder.Last }.Select(n => Path.Combine(folder, n)).FirstOrDefault(File.Exists)
        ?? throw new CirrusException($"'{folder}' holds no trained network of Pic2Word.", hint: "cirrus train pic2word -o FOLDER makes one");

    private static (int P, int Hidden, int W) Sizes(string path, StoredTensor[] stored)
    {
        long[] first = stored[0].Shape, last = stored[4].Shape;
        if (first.Length == 2 && last.Length == 2 && first.Concat(last).All(d => d is > 0 and <= 1 << 20))
        {
            (int p, int hidden, int w) = ((int)first[1], (int)first[0], (int)last[0]);
            int[][] wanted = Im2Text.Shapes(p, hidden, w);
            if (stored.Select((t, i) => t.Shape.SequenceEqual(wanted[i].Select(d => (long)d))).All(same => same))
                return (p, hidden, w);
        }
        throw new CirrusException($"The tensors of '{path}' do not fit together: {string.Join(", ", stored.Select(t => $"{t.Name} [{string.Join(", ", t.Shape)}]"))}.",
            hint: "IM2TEXT is [H, P], [H], [H, H], [H], [W, H], [W]");
    }
}
