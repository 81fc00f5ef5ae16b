using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Cirrus.Cli;

/// <summary>Writes vectors for other programs: NumPy's .npy (version 1.0), or a JSON object a line.</summary>
internal sealed class VectorWriter
{
    private readonly TextWriter? _lines;
    private readonly Stream? _npy;

    private VectorWriter(TextWriter? lines, Stream? npy) => (_lines, _npy) = (lines, npy);

    /// <summary>A line a vector: {"text": ..., "vector": [...]}, or with "ids": [...] or "image": ... in its place.</summary>
    public static VectorWriter Json(TextWriter to) => new(to, null);

    /// <summary>Rows of float32, little-endian; the header is padded so that they begin at a multiple of 64.</summary>
    public static VectorWriter Npy(Stream to, int rows, int columns)
    {
        string text = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}";
        int length = (((10 + text.Length + 1 + 63) / 64) * 64) - 10;
        to.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)length, (byte)(length >> 8), .. Encoding.ASCII.GetBytes(text.PadRight(length - 1)), (byte)'\n']);
        return new(null, to);
    }

    public void Write(EmbedInput input, ReadOnlySpan<float> vector)
    {
        _npy?.Write(MemoryMarshal.AsBytes(vector));
        _lines?.WriteLine(JsonLine(input, vector));
    }

    private static string JsonLine(EmbedInput input, ReadOnlySpan<float> vector)
    {
        using MemoryStream line = new();
        using (Utf8JsonWriter json = new(line))
        {
            json.WriteStartObject();
            if (input.Text is string text)
                json.WriteString("text", text);
            if (input.Picture is string picture)
                json.WriteString("image", picture);
            if (input.Ids is int[] ids)
            {
                json.WriteStartArray("ids");
                foreach (int id in ids)
                    json.WriteNumberValue(id);
                json.WriteEndArray();
            }
            json.WriteStartArray("vector");
            foreach (float x in vector)
                json.WriteNumberValue(x);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(line.ToArray());
    }
}
