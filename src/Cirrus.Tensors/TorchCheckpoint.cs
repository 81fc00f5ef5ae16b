namespace Cirrus.Tensors;

internal sealed class TorchCheckpoint(string path) : TensorFile
{
    public override string Path => path;

    public override IReadOnlyDictionary<string, StoredTensor> Tensors => throw new NotSupportedException();

    public override IReadOnlyDictionary<string, string> Metadata => throw new NotSupportedException();

    public override void Read(string name, Span<float> values) => throw new NotSupportedException();

    public override void Read(string name, Span<long> values) => throw new NotSupportedException();

    public override void Dispose() { }
}
