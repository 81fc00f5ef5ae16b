using Cirrus.Tensors;

namespace Cirrus.Training;

/// <summary>A named block of float32 numbers in host memory, on its way to a checkpoint or from one.</summary>
/// <param name="Write">puts values read from a file where the block came from; null when it is only written.</param>
public sealed record NamedValues(string Name, int[] Shape, float[] Values, Action<float[]>? Write = null)
{
    /// <summary>A copy of a tensor's values; reading puts them back into the tensor.</summary>
    public static NamedValues From(string name, Tensor tensor)
    {
        float[] values = new float[tensor.Count];
        tensor.Device.Download(values, tensor);
        return new(name, tensor.Shape.ToArray(), values, v => tensor.Device.Upload(tensor, v));
    }

    /// <summary>An array itself; reading fills it.</summary>
    public static NamedValues From(string name, float[] values) => new(name, [values.Length], values, v => v.CopyTo(values, 0));
}

/// <summary>State of a run as safetensors: all float32, with facts as text.</summary>
public static class StateFile
{
    /// <summary>Writes under another name, flushes and renames: a crash leaves the old file or the new one.</summary>
    public static void Save(string path, IEnumerable<NamedValues> state, IReadOnlyDictionary<string, string> facts) =>
        Safetensors.Write(path, state.Select(b => new SavedTensor(b.Name, StoredType.F32, b.Shape, () => b.Values)), facts);

    /// <summary>Reads every block of a state from a file, which must hold exactly these.</summary>
    /// <returns>the facts.</returns>
    /// <exception cref="CirrusException">A block is missing or of another shape.</exception>
    public static IReadOnlyDictionary<string, string> Load(string path, IEnumerable<NamedValues> state)
    {
        using TensorFile file = TensorFile.Open(path);
        foreach (NamedValues block in state)
        {
            if (!file.Tensors.TryGetValue(block.Name, out StoredTensor? stored) || !stored.Shape.SequenceEqual(block.Shape.Select(d => (long)d)))
                throw new CirrusException($"'{path}' has no {block.Name} [{string.Join(", ", block.Shape)}].", hint: "it is not a checkpoint of this run");
            float[] values = new float[stored.Count];
            file.Read(block.Name, values);
            block.Write?.Invoke(values);
        }
        return new Dictionary<string, string>(file.Metadata);
    }
}
