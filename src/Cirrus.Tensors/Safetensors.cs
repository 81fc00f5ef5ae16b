using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Cirrus.Tensors;

/// <summary>A tensor on its way to a file; its values are asked for when they are written: one at a time is in memory.</summary>
/// <param name="Type">F32, F16 or BF16; U32 of <see cref="From(string, uint[])"/>.</param>
public sealed record SavedTensor(string Name, StoredType Type, int[] Shape, Func<ReadOnlyMemory<float>> Values)
{
    public long Count => Shape.Aggregate(1L, (n, d) => checked(n * d));

    /// <summary>Values that are written as they are; null: those of <see cref="Values"/>.</summary>
    private uint[]? Words { get; init; }

    /// <summary>A tensor's values as they are when the file is written.</summary>
    public static SavedTensor From(string name, Tensor tensor, StoredType type = StoredType.F32) =>
        new(name, type, tensor.Shape.ToArray(), () => tensor.ToArray());

    internal static SavedTensor From(string name, uint[] values) =>
        new(name, StoredType.U32, [values.Length], () => default) { Words = values };

    /// <param name="buffer">for so many bytes at a time.</param>
    internal void Write(Stream stream, byte[] buffer)
    {
        if (Words is not null)
        {
            stream.Write(MemoryMarshal.AsBytes<uint>(Words));
            return;
        }
        ReadOnlySpan<float> values = Values().Span;
        if (values.Length != Count)
            throw new ArgumentException($"{Name} has {values.Length} values for [{string.Join(", ", Shape)}].");
        int size = StoredValues.Size(Type), chunk = buffer.Length / size;
        for (int start = 0; start < values.Length; start += chunk)
        {
            ReadOnlySpan<float> part = values.Slice(start, Math.Min(chunk, values.Length - start));
            StoredValues.FromFloat(Type, part, buffer);
            stream.Write(buffer.AsSpan(0, part.Length * size));
        }
    }
}

/// <summary>Safetensors: 8 bytes of header length, a JSON header, the numbers (github.com/huggingface/safetensors).</summary>
public static class Safetensors
{
    /// <summary>Headers of more than 100 MB are refused, as by the reference implementation.</summary>
    internal const long LongestHeader = 100_000_000;

    /// <summary>Writes under another name, flushes and renames: a crash leaves the old file or the new one.</summary>
    public static void Write(
        string path, IEnumerable<SavedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        SavedTensor[] all = [.. tensors];
        using AtomicFile file = AtomicFile.Create(path);
        byte[] header = Header(all, metadata);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        file.Stream.Write(length);
        file.Stream.Write(header);
        byte[] buffer = new byte[1 << 20];
        foreach (SavedTensor tensor in all)
            tensor.Write(file.Stream, buffer);
        file.Keep();
    }

    /// <summary>The header, padded with spaces so that the numbers begin at a multiple of 8.</summary>
    internal static byte[] Header(SavedTensor[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach ((string key, string value) in metadata)
                    json.WriteString(key, value);
                json.WriteEndObject();
            }
            long at = 0;
            foreach (SavedTensor tensor in tensors)
            {
                long end = at + (tensor.Count * StoredValues.Size(tensor.Type));
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type.ToString());
                json.WriteStartArray("shape");
                foreach (int d in tensor.Shape)
                    json.WriteNumberValue(d);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(end);
                json.WriteEndArray();
                json.WriteEndObject();
                at = end;
            }
            json.WriteEndObject();
        }
        while (bytes.Length % 8 != 0)
            bytes.WriteByte((byte)' ');
        return bytes.ToArray();
    }
}
