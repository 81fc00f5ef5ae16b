namespace Cirrus.Tensors;

/// <summary>Element types found in files. Names are those of the safetensors format.</summary>
public enum StoredType { BOOL, U8, I8, I16, U16, I32, U32, I64, U64, F16, BF16, F32, F64 }

/// <summary>A named tensor inside a file: what it is, before anything is read.</summary>
public sealed record StoredTensor(string Name, StoredType Type, long[] Shape)
{
    public long Count => Shape.Aggregate(1L, (n, d) => checked(n * d));
}

/// <summary>A file of named tensors: safetensors, a PyTorch checkpoint, or several shards seen as one.</summary>
public abstract class TensorFile : IDisposable
{
    /// <summary>Opens a file by what it holds, not by its name: .safetensors, .safetensors.index.json, .bin, .pt.</summary>
    /// <exception cref="CirrusException">It is none of them, or damaged, or hostile.</exception>
    public static TensorFile Open(string path)
    {
        MappedFile file = MappedFile.Open(path);
        if (file.Length == 0 || file.Span(0, 1)[0] != (byte)'{')
            return OpenSingle(file);
        using (file)
            return ShardedTensors.Open(file);
    }

    /// <summary>Opens a file that holds its tensors itself.</summary>
    /// <param name="file">the new object's, or disposed.</param>
    private protected static TensorFile OpenSingle(MappedFile file)
    {
        ReadOnlySpan<byte> head = file.Span(0, Math.Min(file.Length, 9));
        if (head.StartsWith("PK"u8))
            return new TorchCheckpoint(file);
        bool header = head.Length == 9 && head[8] == (byte)'{';                 // a header's length may begin like a pickle
        if (header || head.Length < 2 || head[0] != 0x80 || head[1] > 5)
            return new SafetensorsFile(file);
        file.Dispose();
        throw new CirrusException($"'{file.Path}' was saved by PyTorch before 1.6, in a layout that Cirrus does not read.",
            hint: "load it in PyTorch and save it again: torch.save(torch.load(f, map_location='cpu'), f)");
    }

    public abstract string Path { get; }

    public abstract IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>Free text that travels with the tensors (safetensors' __metadata__).</summary>
    public abstract IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Reads a floating-point tensor as float32, row by row, whatever its stored type (f16, bf16, f32, f64).</summary>
    public abstract void Read(string name, Span<float> values);

    /// <summary>Reads an integer or boolean tensor.</summary>
    public abstract void Read(string name, Span<long> values);

    public abstract void Dispose();

    /// <summary>A tensor by its name, which must have so many values.</summary>
    private protected StoredTensor Find(string name, int count)
    {
        if (!Tensors.TryGetValue(name, out StoredTensor? tensor))
            throw new CirrusException($"'{Path}' has no tensor {name}.", hint: "it may be the file of another model");
        return tensor.Count == count ? tensor
            : throw new ArgumentException($"{name} has {tensor.Count} values; room is for {count}.");
    }

    private protected CirrusException WrongType(StoredTensor tensor, string wanted) =>
        new($"'{Path}': {tensor.Name} is {tensor.Type}, not {wanted}.", hint: "it may be the file of another model");
}
