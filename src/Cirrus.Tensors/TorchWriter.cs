using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Cirrus.Tensors;

/// <summary>
/// Writes what torch.load reads: {'epoch': n, NAME: OrderedDict of tensors}, the layout of published networks, a state
/// dict or a tensor alone.
/// </summary>
public static class TorchWriter
{
    private const string Folder = "archive";

    /// <summary>Writes under another name, flushes and renames.</summary>
    /// <param name="dict">the key of the state dict: "Phi", "Combiner".</param>
    public static void Write(string path, int epoch, string dict, IEnumerable<SavedTensor> tensors)
    {
        SavedTensor[] all = [.. tensors];
        Write(path, Pickle(epoch, dict, all), all);
    }

    /// <summary>Writes a state dict alone, as pytorch_model.bin: torch.load gives an OrderedDict.</summary>
    public static void WriteStateDict(string path, IEnumerable<SavedTensor> tensors)
    {
        SavedTensor[] all = [.. tensors];
        using MemoryStream pickle = new();
        pickle.Write([0x80, 2]);
        OrderedDict(pickle, all);
        pickle.WriteByte((byte)'.');
        Write(path, pickle.ToArray(), all);
    }

    /// <summary>Writes a tensor alone: torch.load gives the tensor itself.</summary>
    public static void Write(string path, SavedTensor tensor)
    {
        using MemoryStream pickle = new();
        pickle.Write([0x80, 2]);
        Tensor(pickle, 0, tensor);
        pickle.WriteByte((byte)'.');
        Write(path, pickle.ToArray(), [tensor]);
    }

    private static void Write(string path, byte[] pickle, SavedTensor[] all)
    {
        using AtomicFile file = AtomicFile.Create(path);
        using (ZipArchive zip = new(file.Stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Entry(zip, "data.pkl", pickle);
            Entry(zip, "byteorder", "little"u8);
            for (int i = 0; i < all.Length; i++)
            {
                ReadOnlySpan<float> values = all[i].Values().Span;
                byte[] bytes = new byte[values.Length * StoredValues.Size(all[i].Type)];
                StoredValues.FromFloat(all[i].Type, values, bytes);
                Entry(zip, $"data/{i}", bytes);
            }
            Entry(zip, "version", "3\n"u8);
        }
        file.Keep();
    }

    private static void Entry(ZipArchive zip, string name, ReadOnlySpan<byte> bytes)
    {
        using Stream entry = zip.CreateEntry($"{Folder}/{name}", CompressionLevel.NoCompression).Open();
        entry.Write(bytes);
    }

    private static byte[] Pickle(int epoch, string dict, SavedTensor[] tensors)
    {
        using MemoryStream to = new();
        to.Write([0x80, 2, (byte)'}', (byte)'(']);
        Text(to, "epoch");
        Number(to, epoch);
        Text(to, dict);
        OrderedDict(to, tensors);
        to.Write("u."u8);
        return to.ToArray();
    }

    private static void OrderedDict(MemoryStream to, SavedTensor[] tensors)
    {
        EmptyOrderedDict(to);
        to.WriteByte((byte)'(');
        for (int i = 0; i < tensors.Length; i++)
        {
            Text(to, tensors[i].Name);
            Tensor(to, i, tensors[i]);
        }
        to.WriteByte((byte)'u');
    }

    private static void Tensor(MemoryStream to, int key, SavedTensor tensor)
    {
        to.Write("ctorch._utils\n_rebuild_tensor_v2\n(("u8);
        Text(to, "storage");
        to.Write(tensor.Type switch
        {
            StoredType.F32 => "ctorch\nFloatStorage\n"u8,
            StoredType.F16 => "ctorch\nHalfStorage\n"u8,
            StoredType.BF16 => "ctorch\nBFloat16Storage\n"u8,
            _ => throw new ArgumentException($"Checkpoints are written in F32, F16 or BF16, not {tensor.Type}."),
        });
        Text(to, $"{key}");
        Text(to, "cpu");
        Number(to, checked((int)tensor.Count));
        to.Write("tQ"u8);
        Number(to, 0);
        to.WriteByte((byte)'(');
        foreach (int d in tensor.Shape)
            Number(to, d);
        to.Write("t("u8);
        for (int i = 0; i < tensor.Shape.Length; i++)
            Number(to, tensor.Shape[(i + 1)..].Aggregate(1, (n, d) => n * d));
        to.Write([(byte)'t', 0x89]);
        EmptyOrderedDict(to);
        to.Write("tR"u8);
    }

    private static void EmptyOrderedDict(MemoryStream to) => to.Write("ccollections\nOrderedDict\n)R"u8);

    private static void Text(MemoryStream to, string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        to.WriteByte((byte)'X');
        Int32(to, utf8.Length);
        to.Write(utf8);
    }

    private static void Number(MemoryStream to, int value)
    {
        to.WriteByte((byte)'J');
        Int32(to, value);
    }

    private static void Int32(MemoryStream to, int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        to.Write(bytes);
    }
}
