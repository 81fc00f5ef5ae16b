using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods;

/// <summary>
/// Which method trained weights are of, where they say so: a run's folder, the facts of a safetensors file, the
/// config.json of a published CompoDiff.
/// </summary>
public static class MethodOfWeights
{
    /// <returns>null where nothing is said, or another program's method.</returns>
    /// <exception cref="CirrusException">The run or the file is damaged.</exception>
    public static Method? Find(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string? name = null;
        if (RunFolder.Exists(path))
            name = RunFolder.ReadInfo(path).Method;
        else if (CompoDiff.DenoiserFile.IsPublishedFolder(path))
            name = "compodiff";
        else if (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) && File.Exists(path))
            using (TensorFile file = TensorFile.Open(path))
                name = file.Metadata.GetValueOrDefault("method");
        return Method.All.FirstOrDefault(m => m.Name == name);
    }
}
