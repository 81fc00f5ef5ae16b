using Cirrus.Tensors;

namespace Cirrus.Training;

/// <summary>A named block of float32 numbers in host memory, on its way to a checkpoint or from one.</summary>
/// <param name="Write">puts values read from a file where the block came from; null when it is only written.</param>
public sealed record NamedValues(string Name, int[] Shape, float[] Values, Action<float[]>? Write = null)
{
    /// <summary>A copy of a tensor's values; reading puts them back into the tensor.</summary>
    public static NamedValues From(string name, Tensor tensor) =>
        new(name, tensor.Shape.ToArray(), tensor.ToArray(), v => tensor.Device.Upload(tensor, v));

    /// <summary>An array itself; reading fills it.</summary>
    public static NamedValues From(string name, float[] values) => new(name, [values.Length], values, v => v.CopyTo(values, 0));

    /// <summary>
    /// All that a network in training goes on with: PREFIX + name, adam.m.NAME, adam.v.NAME and, where there is an
    /// average, ema.NAME.
    /// </summary>
    internal static IEnumerable<NamedValues> Of(string prefix, IReadOnlyList<string> names, IReadOnlyList<Tensor> weights,
        AdamW optimizer, Ema? average = null)
    {
        for (int i = 0; i < weights.Count; i++)
        {
            yield return From(prefix + names[i], weights[i]);
            yield return From($"adam.m.{names[i]}", optimizer.Moments[i].M);
            yield return From($"adam.v.{names[i]}", optimizer.Moments[i].V);
            if (average is not null)
                yield return From($"ema.{names[i]}", average.Shadows[i]);
        }
    }
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
                throw new CirrusException($"'{path}' has no {block.Name} [{string.Join(", ", block.Shape)}].",
                    hint: "it is not a checkpoint of this run");
            float[] values = new float[stored.Count];
            file.Read(block.Name, values);
            block.Write?.Invoke(values);
        }
        return new Dictionary<string, string>(file.Metadata);
    }
}
