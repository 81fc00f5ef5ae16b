using System.Buffers.Binary;
using System.Text;
using Cirrus.Tensors;

namespace Cirrus.Tests.Tensors;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cirrus").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_written_is_read()
    {
        float[] values = [0, -1.5f, 1e-8f, 65504, float.NaN, float.PositiveInfinity];
        string path = At("a.safetensors");
        Safetensors.Write(path, [New("b", StoredType.F32, values, 2, 3), New("h", StoredType.F16, values, 6),
            New("bf", StoredType.BF16, values, 3, 2), New("none", StoredType.F32, [], 0, 4)],
            new Dictionary<string, string> { ["é\""] = "ü\n" });
        using TensorFile file = TensorFile.Open(path);
        Assert.Equal([2L, 3L], file.Tensors["b"].Shape);
        Assert.Equal("ü\n", file.Metadata["é\""]);
        Assert.Equal(values, Read(file, "b"));
        Assert.Equal(values.Select(v => (float)(Half)v), Read(file, "h"));
        Assert.Equal([0, -1.5f, 1.00117e-08f, 65536, float.NaN, float.PositiveInfinity], Read(file, "bf"), (a, b) =>
            a.Equals(b) || Math.Abs(a - b) <= 1e-13f);
        Assert.Empty(Read(file, "none"));
        Assert.Equal([path], Directory.GetFiles(_folder));
        Assert.Throws<CirrusException>(() => Read(file, "b", 6, "missing"));
        Assert.Throws<CirrusException>(() => file.Read("b", new long[6]));
        Assert.Throws<ArgumentException>(() => file.Read("b", new float[5]));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,4],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"11","shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""")]
    [InlineData(""" {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("""{"__metadata__":{"a":1}}""")]
    [InlineData("""[1,2]""")]
    [InlineData("""{""")]
    public void A_header_that_lies_is_refused(string header)
    {
        File.WriteAllBytes(At("a"), Bytes(header.Length, header, 8));
        Assert.Throws<CirrusException>(() => TensorFile.Open(At("a")));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    [InlineData(1_000_000_000)]
    [InlineData(0)]
    public void A_header_longer_than_the_file_is_refused(long length)
    {
        File.WriteAllBytes(At("a"), Bytes(length, "{}", 8));
        Assert.Throws<CirrusException>(() => TensorFile.Open(At("a")));
    }

    [Fact]
    public void Files_that_are_something_else_are_told()
    {
        File.WriteAllBytes(At("empty"), []);
        Assert.Throws<CirrusException>(() => TensorFile.Open(At("empty")));
        Assert.Throws<CirrusException>(() => TensorFile.Open(At("missing")));
        File.WriteAllBytes(At("old.pt"), [0x80, 2, 0x8a, 10]);
        Assert.Contains("1.6", Assert.Throws<CirrusException>(() => TensorFile.Open(At("old.pt"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_are_seen_as_one()
    {
        Safetensors.Write(At("1.safetensors"), [New("a", StoredType.F32, [1, 2], 2)]);
        Safetensors.Write(At("2.safetensors"), [New("b", StoredType.F32, [3], 1)]);
        File.WriteAllText(At("m.safetensors.index.json"), """{"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}""");
        using TensorFile file = TensorFile.Open(At("m.safetensors.index.json"));
        Assert.Equal([1f, 2f], Read(file, "a"));
        Assert.Equal([3f], Read(file, "b"));
    }

    [Fact]
    public void A_hole_an_overlap_and_a_hidden_tail_are_named()
    {
        File.WriteAllBytes(At("a"), Bytes(-2, """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8));
        Assert.Contains("the file at", Assert.Throws<CirrusException>(() => TensorFile.Open(At("a"))).Message, StringComparison.Ordinal);
        File.WriteAllBytes(At("a"), Bytes(-2,
            """{"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"none":{"dtype":"F32","shape":[0,9],"data_offsets":[4,4]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""", 8));
        using TensorFile file = TensorFile.Open(At("a"));
        Assert.Equal([0f], Read(file, "a"));
    }

    [Fact]
    public void Shards_may_be_PyTorch_files_and_links()
    {
        TorchWriter.Write(At("1.bin"), 0, "m", [New("a", StoredType.F32, [1, 2], 2)]);
        File.CreateSymbolicLink(At("link.bin"), At("1.bin"));
        File.WriteAllText(At("pytorch_model.bin.index.json"), """{"weight_map":{"m.a":"link.bin"}}""");
        using TensorFile file = TensorFile.Open(At("pytorch_model.bin.index.json"));
        Assert.Equal([1f, 2f], Read(file, "m.a"));
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"i.json"}}""")]
    [InlineData("""{"weight_map":{"a":"1.safetensors\u0000"}}""")]
    [InlineData("""{"weight_map":{"a":"/1.safetensors"}}""")]
    [InlineData("""{"weight_map":{"a":"../1.safetensors"}}""")]
    [InlineData("""{"weight_map":{"a":"2.safetensors"}}""")]
    [InlineData("""{"weight_map":{"b":"1.safetensors"}}""")]
    [InlineData("""{"weight_map":{"a":5}}""")]
    [InlineData("""{"weight_map":[]}""")]
    [InlineData("{}")]
    public void An_index_that_lies_is_refused(string index)
    {
        Safetensors.Write(At("1.safetensors"), [New("a", StoredType.F32, [1, 2], 2)]);
        File.WriteAllText(At("i.json"), index);
        Assert.Throws<CirrusException>(() => TensorFile.Open(At("i.json")));
    }

    [Fact]
    public void Every_type_of_the_shared_file_is_read()
    {
        using TensorFile file = TensorFile.Open(Shared.Need("golden/clip/dtypes.safetensors"));
        Assert.NotEmpty(file.Tensors);
        foreach (StoredTensor tensor in file.Tensors.Values)
            if (tensor.Type is StoredType.F16 or StoredType.BF16 or StoredType.F32 or StoredType.F64)
                Assert.All(Read(file, tensor.Name), v => Assert.False(float.IsNaN(v)));
            else
                file.Read(tensor.Name, new long[tensor.Count]);
    }

    private static SavedTensor New(string name, StoredType type, float[] values, params int[] shape) => new(name, type, shape, () => values);

    private static float[] Read(TensorFile file, string name, int count = -1, string? other = null)
    {
        float[] values = new float[count < 0 ? file.Tensors[name].Count : count];
        file.Read(other ?? name, values);
        return values;
    }

    private static byte[] Bytes(long length, string header, int data)
    {
        byte[] bytes = new byte[8 + header.Length + data];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length == -2 ? header.Length : length);
        Encoding.ASCII.GetBytes(header, bytes.AsSpan(8));
        return bytes;
    }

    private string At(string name) => Path.Combine(_folder, name);
}
