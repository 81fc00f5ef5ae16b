using System.IO.Compression;
using System.Text;
using Cirrus.Tensors;

namespace Cirrus.Tests.Tensors;

/// <summary>Files cut, flipped and filled at random: read, or refused with a hint, and never more memory than the file is worth.</summary>
public sealed class DamagedFilesTests
{
    private const int Trials = 400;

    /// <summary>What reading a file of a few thousand bytes may allocate: tables, names, messages, stack traces.</summary>
    private const long Worth = 2 << 20;

    private readonly Philox _random = new(5, 0);
    private ulong _draws;

    [Theory]
    [InlineData("a.safetensors")]
    [InlineData("a.pt")]
    [InlineData("plain.pt")]
    [InlineData("script.pt")]
    [InlineData("i.json")]
    public void A_damaged_file_is_read_or_refused(string name)
    {
        using TempFolder folder = new();
        Safetensors.Write(folder.At("a.safetensors"), [New("one", [1, 2, 3, 4]), New("two", []), New("three", [5, 6])], new Dictionary<string, string> { ["k"] = "v" });
        TorchWriter.Write(folder.At("a.pt"), 3, "Phi", [New("one", [1, 2, 3, 4]), New("two", [5, 6])]);
        File.WriteAllText(folder.At("i.json"), """{"metadata":{"total_size":24},"weight_map":{"one":"a.safetensors","two":"a.safetensors"}}""");
        foreach (string file in new[] { "plain.pt", "script.pt" })
            File.Copy(TorchFilesTests.At(file), folder.At(file));
        byte[] whole = File.ReadAllBytes(folder.At(name));
        int refused = 0;
        Read(folder.At(name));
        for (int trial = 0; trial < Trials; trial++)
            refused += Refuses(folder.At("x" + Path.GetExtension(name)), Damage(whole)) ? 1 : 0;
        Assert.InRange(refused, Trials / 4, Trials);
    }

    [Fact]
    public void Any_pickle_is_read_or_refused()
    {
        string[] words =
        [
            "(", "0", "N", "\u0088", "K\u0001", "M\u0001\u0001", "J\u0001\0\0\0", "\u008a\u0001\u0001", "X\u0001\0\0\0a",
            "X\u0007\0\0\0storage", "}", "]", ")", "t", "\u0085", "\u0086", "\u0087",
            "a", "e", "s", "u", "\u0093", "Q", "R", "\u0081", "b", "q\u0001", "q\u0002", "\u0094", "h\u0001", "h\u0002", "h\0",
            "ctorch\nFloatStorage\n", "ctorch._utils\n_rebuild_tensor_v2\n",
            "ctorch._utils\n_rebuild_parameter\n", "ccollections\nOrderedDict\n)R", "c__torch__\nM\n)\u0081",
            "(X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpuK\u0004tQ",
        ];
        using TempFolder folder = new();
        int read = 0;
        for (int trial = 0; trial < 2 * Trials; trial++)
        {
            StringBuilder pickle = new("\u0080\u0002");
            for (int length = Draw(24); length >= 0; length--)
                pickle.Append(words[Draw(words.Length)]);
            using MemoryStream bytes = new();
            using (ZipArchive zip = new(bytes, ZipArchiveMode.Create, leaveOpen: true))
            {
                using (Stream entry = zip.CreateEntry("a/data.pkl", CompressionLevel.NoCompression).Open())
                    entry.Write(Encoding.Latin1.GetBytes(pickle.Append('.').ToString()));
                using (Stream entry = zip.CreateEntry("a/data/0", CompressionLevel.NoCompression).Open())
                    entry.Write(new byte[16]);
            }
            read += Refuses(folder.At("x.pt"), bytes.ToArray()) ? 0 : 1;
        }
        Assert.InRange(read, 1, 2 * Trials);
    }

    private static bool Refuses(string path, byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            Read(path);
            return false;
        }
        catch (CirrusException e)
        {
            Assert.NotEmpty(e.Hint);
            return true;
        }
        finally
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Worth);
        }
    }

    private static void Read(string path)
    {
        using TensorFile file = TensorFile.Open(path);
        foreach (StoredTensor tensor in file.Tensors.Values)
            if (tensor.Type is StoredType.F16 or StoredType.BF16 or StoredType.F32 or StoredType.F64)
                file.Read(tensor.Name, new float[tensor.Count]);
            else
                file.Read(tensor.Name, new long[tensor.Count]);
    }

    private byte[] Damage(byte[] whole)
    {
        byte[] bytes = [.. whole];
        switch (Draw(4))
        {
            case 0:
                return bytes[..Draw(bytes.Length)];
            case 1:
                for (int n = Draw(8); n >= 0; n--)
                    bytes[Draw(bytes.Length)] = (byte)Draw(256);
                return bytes;
            case 2:
                int from = Draw(bytes.Length), to = Draw(bytes.Length), count = Math.Min(Draw(64), bytes.Length - Math.Max(from, to));
                whole.AsSpan(from, count).CopyTo(bytes.AsSpan(to));
                return bytes;
            default:
                bytes.AsSpan(Draw(bytes.Length - 8), 8).Fill((byte)(Draw(2) * 255));
                return bytes;
        }
    }

    private int Draw(int below) => _random.Integer(_draws++, below);

    private static SavedTensor New(string name, float[] values) => new(name, StoredType.F32, [values.Length], () => values);
}
