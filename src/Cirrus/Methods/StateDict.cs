using System.Globalization;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods;

/// <summary>The weights of a small network as a file has them: by the published names, in a given order.</summary>
/// <param name="Values">row by row.</param>
internal sealed record StateDict(string Path, IReadOnlyList<string> Names, IReadOnlyList<float[]> Values,
    IReadOnlyList<int[]> Shapes, IReadOnlyDictionary<string, string> Metadata)
{
    private const int LongestSide = 1 << 20;

    /// <summary>Reads a file, or of a run's folder the best checkpoint, else the finished network, else the last checkpoint.</summary>
    /// <param name="what">the network's name for people, "Combiner".</param>
    /// <param name="prefixes">what may stand before the names: nothing, the published dict, parts of a run's checkpoint.</param>
    /// <param name="inRun">the finished network's file in a run's folder.</param>
    /// <exception cref="CirrusException">There is none, or it is another network's.</exception>
    public static StateDict Read(
        string path, string what, IReadOnlyList<string> names, IReadOnlyList<string> prefixes, string inRun)
    {
        using TensorFile file = TensorFile.Open(Directory.Exists(path) ? InFolder(path, what, inRun) : path);
        string prefix = prefixes.FirstOrDefault(p => names.All(n => file.Tensors.ContainsKey(p + n)))
            ?? throw new CirrusException($"'{path}' holds no {what}: it has {Some(file.Tensors.Keys)}.",
                hint: $"a {what} has the tensors {string.Join(", ", names)}");
        List<float[]> values = [];
        List<int[]> shapes = [];
        foreach (string name in names)
        {
            StoredTensor stored = file.Tensors[prefix + name];
            if (stored.Shape.Length == 0 || stored.Shape.Any(d => d is < 1 or > LongestSide))
                throw new CirrusException($"'{path}': {stored.Name} is [{string.Join(", ", stored.Shape)}].",
                    hint: "the file is damaged");
            float[] read = new float[stored.Count];
            file.Read(stored.Name, read);
            values.Add(read);
            shapes.Add([.. stored.Shape.Select(d => (int)d)]);
        }
        return new(path, names, values, shapes, new Dictionary<string, string>(file.Metadata));
    }

    /// <summary>All names in the file that <see cref="Read"/> would read.</summary>
    public static IReadOnlyList<string> NamesIn(string path, string what, string inRun)
    {
        using TensorFile file = TensorFile.Open(Directory.Exists(path) ? InFolder(path, what, inRun) : path);
        return [.. file.Tensors.Keys];
    }

    /// <summary>True for a name ending in .pt: the layout of the published file.</summary>
    public static bool IsPublished(string path) => path.EndsWith(".pt", StringComparison.OrdinalIgnoreCase);

    /// <summary>Writes {'epoch', DICT: tensors} to a name ending in .pt, and to any other safetensors with the facts.</summary>
    /// <param name="epoch">the fact that is written as the epoch; 0 where it is missing.</param>
    public static void Write(string path, string dict, IEnumerable<SavedTensor> tensors,
        IReadOnlyDictionary<string, string> facts, string epoch = "epoch")
    {
        if (IsPublished(path))
            TorchWriter.Write(path, int.TryParse(facts.GetValueOrDefault(epoch), CultureInfo.InvariantCulture, out int number)
                ? number : 0, dict, tensors);
        else
            Safetensors.Write(path, tensors, facts);
    }

    /// <exception cref="CirrusException">The shapes are not these.</exception>
    public StateDict Check(IReadOnlyList<int[]> wanted)
    {
        for (int i = 0; i < Names.Count; i++)
            if (!Shapes[i].SequenceEqual(wanted[i]))
                throw new CirrusException($"'{Path}': {Names[i]} is [{string.Join(", ", Shapes[i])}], "
                    + $"the other tensors ask for [{string.Join(", ", wanted[i])}].",
                    hint: "the file is damaged, or another network's");
        return this;
    }

    private static string InFolder(string folder, string what, string inRun) =>
        new[] { RunFolder.Best, inRun, RunFolder.Last }
            .Select(n => System.IO.Path.Combine(folder, n)).FirstOrDefault(File.Exists)
        ?? throw new CirrusException($"'{folder}' holds no trained {what}.",
            hint: "name the folder that was given to 'cirrus train -o'");

    private static string Some(IEnumerable<string> names)
    {
        string[] first = [.. names.Take(6)];
        return first.Length == 0 ? "no tensors" : string.Join(", ", first.Take(5)) + (first.Length > 5 ? ", ..." : "");
    }
}
