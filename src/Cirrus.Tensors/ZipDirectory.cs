using System.Buffers.Binary;
using System.Text;

namespace Cirrus.Tensors;

/// <summary>Where the entries of a zip file lie. PyTorch stores tensors without compression, so they are read in place.</summary>
internal static class ZipDirectory
{
    private const uint EntryMark = 0x02014b50, LocalMark = 0x04034b50, EndMark = 0x06054b50;
    private const uint End64Mark = 0x06064b50, Locator64Mark = 0x07064b50;
    private const int EndBytes = 22, LongestComment = ushort.MaxValue;

    /// <summary>
    /// Name → (offset, bytes) of every entry that is not compressed; the code in a TorchScript archive is, and is not wanted.
    /// </summary>
    /// <exception cref="CirrusException">The directory does not fit the file, or names an entry twice.</exception>
    public static Dictionary<string, (long Offset, long Bytes)> Read(MappedFile file)
    {
        (long at, long count) = FindDirectory(file);
        Dictionary<string, (long, long)> entries = [];
        for (long i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> head = file.Span(at, 46);
            if (U32(head) != EntryMark)
                throw Damaged(file, $"entry {i} of its directory is missing");
            int nameBytes = U16(head[28..]), extraBytes = U16(head[30..]);
            string name = Encoding.UTF8.GetString(file.Span(at + 46, nameBytes));
            long packed = U32(head[20..]), size = U32(head[24..]), local = U32(head[42..]);
            Widen(file.Span(at + 46 + nameBytes, extraBytes), ref size, ref packed, ref local);
            at += 46 + nameBytes + extraBytes + U16(head[32..]);
            if (U16(head[10..]) != 0)
                continue;
            ReadOnlySpan<byte> start = file.Span(local, 30);
            if (U32(start) != LocalMark)
                throw Damaged(file, $"{name} is not where its directory says");
            long data = local + 30 + U16(start[26..]) + U16(start[28..]);
            if (packed != size || size < 0 || data > file.Length - size)
                throw Damaged(file, $"{name} ends behind the end of the file");
            if (!entries.TryAdd(name, (data, size)))
                throw Damaged(file, $"{name} stands in it twice");
        }
        return entries;
    }

    private static (long At, long Count) FindDirectory(MappedFile file)
    {
        long first = Math.Max(0, file.Length - EndBytes - LongestComment);
        for (long end = file.Length - EndBytes; end >= first; end--)
        {
            ReadOnlySpan<byte> mark = file.Span(end, EndBytes);
            if (U32(mark) != EndMark)
                continue;
            long at = U32(mark[16..]), count = U16(mark[10..]);
            if (end >= 20 && U32(file.Span(end - 20, 20)) == Locator64Mark)
            {
                ReadOnlySpan<byte> wide = file.Span(I64(file.Span(end - 12, 8)), 56);
                if (U32(wide) != End64Mark)
                    throw Damaged(file, "its directory is missing");
                (at, count) = (I64(wide[48..]), I64(wide[32..]));
            }
            return (at, count);
        }
        throw Damaged(file, "its directory is missing");
    }

    /// <summary>Sizes and offsets of 4 GiB and more stand in an extra field, in this order, each only where it must.</summary>
    private static void Widen(ReadOnlySpan<byte> extra, ref long size, ref long packed, ref long local)
    {
        while (extra.Length >= 4)
        {
            int id = U16(extra), bytes = Math.Min(U16(extra[2..]), extra.Length - 4);
            ReadOnlySpan<byte> field = extra.Slice(4, bytes);
            if (id == 1)
            {
                Take(ref size, ref field);
                Take(ref packed, ref field);
                Take(ref local, ref field);
            }
            extra = extra[(4 + bytes)..];
        }
    }

    private static void Take(ref long value, ref ReadOnlySpan<byte> field)
    {
        if (value != uint.MaxValue || field.Length < 8)
            return;
        value = I64(field);
        field = field[8..];
    }

    private static int U16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint U32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static long I64(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64LittleEndian(bytes);

    private static CirrusException Damaged(MappedFile file, string why) =>
        new($"'{file.Path}' is a damaged zip file: {why}.", hint: "fetch the file again");
}
