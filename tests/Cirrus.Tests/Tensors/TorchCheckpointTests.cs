using System.IO.Compression;
using System.Text;
using Cirrus.Tensors;

namespace Cirrus.Tests.Tensors;

public sealed class TorchCheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cirrus").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_written_is_read()
    {
        string path = Path.Combine(_folder, "a.pt");
        TorchWriter.Write(path, 7, "Phi", [New("w", [1, 2, 3, 4, 5, 6], 2, 3), New("b", [0.5f], 1), New("s", [9], [])]);
        using TensorFile file = TensorFile.Open(path);
        Assert.Equal(["Phi.w", "Phi.b", "Phi.s"], file.Tensors.Keys);
        Assert.Equal("7", file.Metadata["epoch"]);
        Assert.Equal([2L, 3L], file.Tensors["Phi.w"].Shape);
        Assert.Equal([1f, 2, 3, 4, 5, 6], Read(file, "Phi.w"));
        Assert.Equal([9f], Read(file, "Phi.s"));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    // {'epoch': 3, 'name': 'strides', 'nested': {...}, 'list': [...], 'param': ...} by torch.save: non-contiguous views, an offset, shared storages, scalars, a Parameter.
    [Fact]
    public void Strides_and_shared_storages_are_followed()
    {
        using TensorFile file = TensorFile.Open(Shared.Need("golden/clip/strides.pt"));
        using TensorFile expected = TensorFile.Open(Shared.Need("golden/clip/strides.expected.safetensors"));
        Assert.NotEmpty(expected.Tensors);
        Assert.Equal(("3", "strides", "3.5"), (file.Metadata["epoch"], file.Metadata["name"], file.Metadata["list.3"]));
        foreach (StoredTensor tensor in expected.Tensors.Values)
        {
            string name = tensor.Name switch { "list0" => "list.0", "param" => "param", _ => $"nested.{tensor.Name}" };
            Assert.Equal(tensor.Shape, file.Tensors[name].Shape);
            if (tensor.Type is StoredType.F32 or StoredType.F16 or StoredType.BF16 or StoredType.F64)
                Assert.Equal(Read(expected, tensor.Name), Read(file, name));
            else
                Assert.Equal(Longs(expected, tensor.Name), Longs(file, name));
        }
    }

    [Fact]
    public void A_TorchScript_archive_holds_the_same_weights_as_the_other_layouts()
    {
        using TensorFile script = TensorFile.Open(Shared.Need("golden/clip/clip-a.torchscript.pt"));
        using TensorFile face = TensorFile.Open(Shared.Need("golden/clip/clip-a-hf/model.safetensors"));
        Assert.Equal(Read(face, "text_model.embeddings.token_embedding.weight"), Read(script, "token_embedding.weight"));
        Assert.Equal(Read(face, "vision_model.embeddings.patch_embedding.weight"), Read(script, "visual.conv1.weight"));
        Assert.Equal([77L], Longs(script, "context_length"));
    }

    [Theory]
    [InlineData("golden/clip/clip-gelu-hf/pytorch_model.bin", "text_projection.weight")]
    [InlineData("golden/combiner/combiner.pt", "Combiner.output_layer.bias")]
    [InlineData("golden/pic2word/pic2word-step6.pt", null)]
    [InlineData("golden/searle/ema_oti_pseudo_tokens.pt", "tensor")]
    public void Published_layouts_are_read(string path, string? name)
    {
        using TensorFile file = TensorFile.Open(Shared.Need(path));
        Assert.NotEmpty(file.Tensors);
        Assert.All(Read(file, name ?? file.Tensors.Keys.First()), v => Assert.True(float.IsFinite(v)));
    }

    [Theory]
    [InlineData("cposix\nsystem\n(X\u0004\0\0\0true\u0074R.", "posix.system")]
    [InlineData("X\u0002\0\0\0osX\u0006\0\0\0system\u0093)R.", "os.system")]
    [InlineData("cbuiltins\neval\n)\u0081.", "builtins.eval")]
    [InlineData("ctorch._utils\n_rebuild_tensor_v3\n)R.", "_rebuild_tensor_v3")]
    public void A_call_that_no_tensor_needs_is_refused(string pickle, string name) =>
        Assert.Contains($"{name}", Assert.Throws<CirrusException>(() => TensorFile.Open(Archive(pickle))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("", "ends")]
    [InlineData(".", "damaged")]
    [InlineData("X\u00ff\u00ff\u00ff\u007fa.", "ends")]
    [InlineData("t.", "damaged")]
    [InlineData("h\u0005.", "damaged")]
    [InlineData("ctorch", "damaged")]
    [InlineData("i", "opcode")]
    [InlineData("Nb.", "damaged")]
    [InlineData("NR.", "damaged")]
    [InlineData("}NNa.", "damaged")]
    [InlineData("(X\u0001\0\0\0aNNNNtQ.", "damaged")]
    [InlineData("NNa.", "damaged")]
    [InlineData("NNNs.", "damaged")]
    [InlineData("}(NuN.", "damaged")]
    [InlineData("}N\u0088s.", "damaged")]
    [InlineData("NNR.", "damaged")]
    [InlineData("N)R.", "damaged")]
    [InlineData("NN\u0093.", "damaged")]
    [InlineData("ctorch._utils\n_rebuild_tensor_v2\n)R.", "damaged")]
    [InlineData("}(X\u0001\0\0\0aK\u0001X\u0001\0\0\0aK\u0002u.", "twice")]
    public void A_pickle_that_lies_is_refused(string pickle, string message) =>
        Assert.Contains(message, Assert.Throws<CirrusException>(() => TensorFile.Open(Archive(pickle))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(2, 3, 3, 1, 0)]
    [InlineData(2, 2, 2, 1, 1)]
    [InlineData(2, 2, 1000, 1, 0)]
    [InlineData(1000000, 1000000, 0, 0, 0)]
    [InlineData(-1, -4, 1, 1, 0)]
    [InlineData(2, 2, -2, 1, 2)]
    [InlineData(2, 2, 2, 1, -1)]
    public void A_tensor_beyond_its_storage_is_refused(int rows, int columns, int rowStride, int columnStride, int offset)
    {
        string tensor = "ctorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpuK\u0004tQ"
            + $"{Int(offset)}{Int(rows)}{Int(columns)}\u0086{Int(rowStride)}{Int(columnStride)}\u0086\u0089NtR.";
        Assert.Throws<CirrusException>(() => TensorFile.Open(Archive(tensor)));
    }

    [Fact]
    public void A_reference_inside_itself_ends()
    {
        StringBuilder nested = new("]");
        for (int i = 0; i < 40; i++)
            nested.Append("q\0]h\0ah\0a");
        Assert.Throws<CirrusException>(() => TensorFile.Open(Archive(nested.Append('.').ToString())));
        Assert.Throws<CirrusException>(() => TensorFile.Open(Archive("]q\0h\0a.")));
    }

    [Fact]
    public void Long_names_met_again_and_again_do_not_fill_memory()
    {
        string name = new('x', 100_000), list = string.Concat(Enumerable.Repeat("h\u0001", 50_000));
        string pickle = $"](K\u0001K\u0002eq\u00010}}X{Int(name.Length)[1..]}{name}](${list}es.".Replace("$", "", StringComparison.Ordinal);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("too much", Assert.Throws<CirrusException>(() => TensorFile.Open(Archive(pickle))).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    [Fact]
    public void Compressed_numbers_are_refused_before_they_are_unpacked()
    {
        string path = Path.Combine(_folder, "bomb.pt");
        using (ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using (Stream entry = zip.CreateEntry("a/data.pkl", CompressionLevel.NoCompression).Open())
                entry.Write([0x80, 2, .. Encoding.Latin1.GetBytes(
                    "ctorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpuK\u0004tQ"
                    + $"K\0{Int(4 << 20)}\u0085K\u0001\u0085\u0089NtR.")]);
            using (Stream entry = zip.CreateEntry("a/data/0", CompressionLevel.SmallestSize).Open())
                entry.Write(new byte[16 << 20]);
        }
        Assert.True(new FileInfo(path).Length < 100_000);
        Assert.Contains("compressed", Assert.Throws<CirrusException>(() => TensorFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_zip_file_that_lies_is_refused()
    {
        byte[] bytes = File.ReadAllBytes(Archive("}."));
        string path = Path.Combine(_folder, "cut.pt");
        for (int cut = 4; cut < bytes.Length; cut += 7)
        {
            File.WriteAllBytes(path, bytes[..cut]);
            Assert.Throws<CirrusException>(() => TensorFile.Open(path));
        }
        for (int at = bytes.Length - 22; at < bytes.Length; at++)
        {
            byte[] wrong = [.. bytes];
            wrong[at] ^= 0x55;
            File.WriteAllBytes(path, wrong);
            try
            {
                TensorFile.Open(path).Dispose();             // a byte of a comment or a disk number may be anything
            }
            catch (CirrusException e)
            {
                Assert.NotEmpty(e.Hint);
            }
        }
    }

    private static string Int(int value) => "J" + string.Concat(BitConverter.GetBytes(value).Select(b => (char)b));

    private string Archive(string pickle)
    {
        string path = Path.Combine(_folder, $"{Guid.NewGuid():N}.pt");
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        using (Stream entry = zip.CreateEntry("a/data.pkl", CompressionLevel.NoCompression).Open())
            entry.Write([0x80, 2, .. Encoding.Latin1.GetBytes(pickle)]);
        using (Stream entry = zip.CreateEntry("a/data/0", CompressionLevel.NoCompression).Open())
            entry.Write(new byte[16]);
        return path;
    }

    private static SavedTensor New(string name, float[] values, params int[] shape) => new(name, StoredType.F32, shape, () => values);

    private static float[] Read(TensorFile file, string name)
    {
        float[] values = new float[file.Tensors[name].Count];
        file.Read(name, values);
        return values;
    }

    private static long[] Longs(TensorFile file, string name)
    {
        long[] values = new long[file.Tensors[name].Count];
        file.Read(name, values);
        return values;
    }
}
