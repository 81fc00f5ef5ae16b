using System.Buffers.Binary;
using System.IO.Compression;
using Cirrus.Tensors;

namespace Cirrus.Language;

/// <summary>The weights of a tagger: for each known key one row of 17 whole numbers, a tag's score being the sum of its column.</summary>
/// <remarks>Read-only after construction, so safe for any number of threads. File: docs/formats.md.</remarks>
internal sealed class TaggerModel
{
    public const int Tags = 17;

    private const int HeaderBytes = 12, MostRows = 1 << 22;
    private static readonly byte[] Magic = "CIRPOS"u8.ToArray();
    private const byte FormatVersion = 1;

    private readonly uint[] _keys;                           // ascending
    private readonly sbyte[] _weights;                       // [rows, Tags]
    private readonly int[] _slots;                           // open addressing: row + 1, 0 where free
    private readonly int _shift;

    /// <param name="keys">Ascending, none twice.</param>
    /// <param name="weights">[keys, 17].</param>
    public TaggerModel(uint[] keys, sbyte[] weights)
    {
        if (weights.Length != keys.Length * Tags)
            throw new ArgumentException($"{weights.Length} weights, not {keys.Length} rows of {Tags}.", nameof(weights));
        (_keys, _weights) = (keys, weights);
        int bits = 4;
        while (1 << bits < keys.Length * 2)
            bits++;
        _shift = 32 - bits;
        _slots = new int[1 << bits];
        for (int row = 0; row < keys.Length; row++)
        {
            int slot = Slot(keys[row]);
            while (_slots[slot] != 0)
                slot = (slot + 1) & (_slots.Length - 1);
            _slots[slot] = row + 1;
        }
    }

    public int Rows => _keys.Length;

    /// <summary>The row of a key, -1 when it has none.</summary>
    public int Find(uint key)
    {
        for (int slot = Slot(key); _slots[slot] != 0; slot = (slot + 1) & (_slots.Length - 1))
            if (_keys[_slots[slot] - 1] == key)
                return _slots[slot] - 1;
        return -1;
    }

    public void AddTo(Span<int> scores, ReadOnlySpan<uint> keys)
    {
        foreach (uint key in keys)
        {
            int row = Find(key);
            if (row < 0)
                continue;
            ReadOnlySpan<sbyte> weights = _weights.AsSpan(row * Tags, Tags);
            for (int t = 0; t < Tags; t++)
                scores[t] += weights[t];
        }
    }

    public void Write(Stream stream)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        Magic.CopyTo(header);
        header[6] = FormatVersion;
        header[7] = TaggerFeatures.Version;
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], Rows);
        stream.Write(header);
        using BrotliStream packed = new(stream, CompressionLevel.SmallestSize, leaveOpen: true);
        for (int part = 0; part < 4; part++)                 // bytes of one significance together: they are alike
        {
            byte[] bytes = new byte[Rows];
            for (int i = 0; i < Rows; i++)
                bytes[i] = (byte)((i == 0 ? _keys[0] : _keys[i] - _keys[i - 1]) >> (8 * part));
            packed.Write(bytes);
        }
        for (int tag = 0; tag < Tags; tag++)
        {
            byte[] column = new byte[Rows];
            for (int i = 0; i < Rows; i++)
                column[i] = (byte)_weights[(i * Tags) + tag];
            packed.Write(column);
        }
    }

    /// <exception cref="CirrusException">Not a tagger file, one of another version, or a damaged one.</exception>
    public static TaggerModel Read(Stream stream, string name)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (stream.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes || !header.StartsWith(Magic))
            throw Bad(name, "it does not begin as one");
        if (header[6] != FormatVersion || header[7] != TaggerFeatures.Version)
            throw Bad(name, $"its version is {header[6]}.{header[7]}, this program reads {FormatVersion}.{TaggerFeatures.Version}");
        int rows = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        if (rows is < 0 or > MostRows)
            throw Bad(name, $"it claims {rows} rows");
        try
        {
            using BrotliStream packed = new(stream, CompressionMode.Decompress);
            uint[] keys = new uint[rows];
            byte[] column = new byte[rows];
            for (int part = 0; part < 4; part++)
            {
                packed.ReadExactly(column);
                for (int i = 0; i < rows; i++)
                    keys[i] |= (uint)column[i] << (8 * part);
            }
            for (int i = 1; i < rows; i++)
                keys[i] += keys[i - 1];
            sbyte[] weights = new sbyte[rows * Tags];
            for (int tag = 0; tag < Tags; tag++)
            {
                packed.ReadExactly(column);
                for (int i = 0; i < rows; i++)
                    weights[(i * Tags) + tag] = (sbyte)column[i];
            }
            return new TaggerModel(keys, weights);
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException or InvalidOperationException)
        {
            throw Bad(name, "it is cut or damaged");
        }
    }

    private int Slot(uint key) => (int)((key * 0x9E3779B1u) >> _shift);

    private static CirrusException Bad(string name, string why) =>
        new($"'{name}' is not a tagger: {why}.", "train one: cirrus train tagger --treebanks FILE... -o FILE");
}
