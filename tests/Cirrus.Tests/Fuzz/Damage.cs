using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Cirrus.Tests.Fuzz;

/// <summary>
/// Damages a file as its format invites: what is packed is unpacked, damaged and packed again, so that checks behind
/// the first are reached.
/// </summary>
internal static class Damage
{
    /// <param name="name">the file's name: its ending tells the format.</param>
    public static byte[] Do(string name, byte[] whole, Draws draws)
    {
        byte[] bytes = Once(name, whole, draws);
        return draws.Chance(20) ? Once(name, bytes, draws) : bytes;
    }

    private static byte[] Once(string name, byte[] whole, Draws draws)
    {
        if (draws.Chance(2))
            return draws.Of([], ByteDamage.Noise(draws, 1 + draws.Below(4000)), new byte[1 + draws.Below(4000)]);
        if (draws.Chance(15))
            return ByteDamage.Do(whole, draws);
        return Path.GetExtension(name) switch
        {
            ".json" => draws.Chance(80) ? JsonDamage.Do(whole, draws) ?? TextDamage.Do(whole, draws) : TextDamage.Do(whole, draws),
            ".jsonl" => draws.Chance(80) ? Line(whole, draws) : TextDamage.Do(whole, draws),
            ".txt" or ".csv" or ".tsv" or ".conllu" or ".ignore" or ".cirrusignore" => TextDamage.Do(whole, draws),
            ".http" => draws.Chance(85) ? Http(whole, draws) : ByteDamage.Do(whole, draws),
            ".gz" => Gzip(name, whole, draws),
            ".safetensors" => draws.Chance(70) ? Header(whole, draws) : ByteDamage.Do(whole, draws),
            ".png" => draws.Chance(80) ? PictureDamage.Png(whole, draws) : ByteDamage.Do(whole, draws),
            ".pt" or ".bin" => draws.Chance(70) ? Zip(whole, draws) : ByteDamage.Do(whole, draws),
            _ => ByteDamage.Do(whole, draws),
        };
    }

    private static byte[] Line(byte[] whole, Draws draws)
    {
        string[] lines = Encoding.UTF8.GetString(whole).Split('\n');
        int at = draws.Below(lines.Length);
        if (JsonDamage.Do(Encoding.UTF8.GetBytes(lines[at]), draws) is not byte[] changed)
            return TextDamage.Do(whole, draws);
        lines[at] = Encoding.UTF8.GetString(changed);
        return Encoding.UTF8.GetBytes(string.Join('\n', lines));
    }

    /// <summary>An answer's head as text, or its body, whose announced length may or may not follow.</summary>
    private static byte[] Http(byte[] whole, Draws draws)
    {
        int end = whole.AsSpan().IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return ByteDamage.Do(whole, draws);
        byte[] head = whole[..end], body = whole[(end + 4)..];
        if (body.Length == 0 || draws.Chance(70))
            return [.. Encoding.Latin1.GetBytes(Encoding.UTF8.GetString(TextDamage.Do(head, draws))
                .Replace("\r\r", "\r", StringComparison.Ordinal)), .. "\r\n\r\n"u8, .. body];
        byte[] changed = JsonDamage.Do(body, draws) ?? ByteDamage.Do(body, draws);
        string text = Encoding.Latin1.GetString(head);
        return [.. Encoding.Latin1.GetBytes(draws.Chance(80) ? text.Replace($"Content-Length: {body.Length}",
            $"Content-Length: {changed.Length}", StringComparison.Ordinal) : text), .. "\r\n\r\n"u8, .. changed];
    }

    private static byte[] Gzip(string name, byte[] whole, Draws draws)
    {
        byte[] content;
        try
        {
            using MemoryStream plain = new();
            using (GZipStream unpacked = new(new MemoryStream(whole), CompressionMode.Decompress))
                unpacked.CopyTo(plain);
            content = plain.ToArray();
        }
        catch (InvalidDataException)
        {
            return ByteDamage.Do(whole, draws);
        }
        if (draws.Chance(3))
            content = new byte[draws.Of(1 << 20, 24 << 20)];                                          // a bomb: packs a thousand times
        else
            content = Once(Path.GetFileNameWithoutExtension(name), content, draws);
        using MemoryStream packed = new();
        using (GZipStream gz = new(packed, CompressionLevel.Fastest))
            gz.Write(content);
        return packed.ToArray();
    }

    /// <summary>Changes the JSON header of safetensors and says its new length.</summary>
    private static byte[] Header(byte[] whole, Draws draws)
    {
        long length = whole.Length < 8 ? -1 : BinaryPrimitives.ReadInt64LittleEndian(whole);
        if (length < 0 || length > whole.Length - 8 || JsonDamage.Do(whole[8..(8 + (int)length)], draws) is not byte[] header)
            return ByteDamage.Do(whole, draws);
        byte[] size = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(size, header.Length);
        return [.. size, .. header, .. whole.AsSpan(8 + (int)length)];
    }

    /// <summary>Packs a zip again with one entry damaged, lost, doubled or renamed; entries are stored as PyTorch stores them.</summary>
    private static byte[] Zip(byte[] whole, Draws draws)
    {
        List<(string Name, byte[] Content)> entries = [];
        try
        {
            using ZipArchive zip = new(new MemoryStream(whole), ZipArchiveMode.Read);
            foreach (ZipArchiveEntry entry in zip.Entries)
            {
                using Stream stream = entry.Open();
                using MemoryStream content = new();
                stream.CopyTo(content);
                entries.Add((entry.FullName, content.ToArray()));
            }
        }
        catch (InvalidDataException)
        {
            return ByteDamage.Do(whole, draws);
        }
        if (entries.Count == 0)
            return ByteDamage.Do(whole, draws);
        int at = draws.Chance(60) ? Math.Max(0, entries.FindIndex(e => e.Name.EndsWith(".pkl", StringComparison.Ordinal)))
            : draws.Below(entries.Count);
        switch (draws.Below(10))
        {
            case 0:
                entries.RemoveAt(at);
                break;
            case 1:
                entries.Add(entries[at]);
                break;
            case 2:
                entries[at] = (draws.Of(" ", "x", "/", "../x", entries[0].Name, "a/data.pkl", new string('a', 60_000)), entries[at].Content);
                break;
            default:
                entries[at] = (entries[at].Name, ByteDamage.Do(entries[at].Content, draws));
                break;
        }
        using MemoryStream packed = new();
        using (ZipArchive zip = new(packed, ZipArchiveMode.Create, leaveOpen: true))
            foreach ((string name, byte[] content) in entries)
            {
                using Stream stream = zip.CreateEntry(name, draws.Chance(95) ? CompressionLevel.NoCompression : CompressionLevel.Fastest).Open();
                stream.Write(content);
            }
        return packed.ToArray();
    }
}
