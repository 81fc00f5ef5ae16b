namespace Cirrus.Tensors;

/// <summary>A file that holds its tensors itself, mapped into memory and owned.</summary>
internal abstract class OpenTensorFile(MappedFile file) : TensorFile
{
    protected MappedFile Mapped { get; } = file;

    public sealed override string Path => Mapped.Path;

    public sealed override void Read(string name, Span<float> values)
    {
        StoredTensor tensor = Find(name, values.Length);
        if (!StoredValues.ToFloat(tensor.Type, Bytes(tensor), values))
            throw WrongType(tensor, "floating point");
    }

    public sealed override void Read(string name, Span<long> values)
    {
        StoredTensor tensor = Find(name, values.Length);
        if (!StoredValues.ToLong(tensor.Type, Bytes(tensor), values))
            throw WrongType(tensor, "an integer");
    }

    public sealed override void Dispose() => Mapped.Dispose();

    /// <summary>A tensor's numbers as the file holds them.</summary>
    protected abstract ReadOnlySpan<byte> Bytes(StoredTensor tensor);
}
