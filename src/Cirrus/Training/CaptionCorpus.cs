using System.Collections;
using System.Security.Cryptography;
using System.Text;

namespace Cirrus.Training;

/// <summary>Captions in memory as UTF-8, one behind the other: millions of lines without an object for each.</summary>
public sealed class CaptionCorpus : IReadOnlyList<string>
{
    private const int ChunkBytes = 1 << 24;
    private readonly List<byte[]> _chunks = [];
    private readonly List<long> _starts = [];
    private readonly List<int> _lengths = [];
    private long _end;

    public int Count => _starts.Count;

    public string this[int index]
    {
        get
        {
            long start = _starts[index];
            return Encoding.UTF8.GetString(_chunks[(int)(start / ChunkBytes)], (int)(start % ChunkBytes), _lengths[index]);
        }
    }

    /// <summary>Adds a caption of at most 16 MiB.</summary>
    public void Add(ReadOnlySpan<char> caption)
    {
        int length = Encoding.UTF8.GetByteCount(caption);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, ChunkBytes);
        if ((_end % ChunkBytes) + length > ChunkBytes)
            _end = (_end / ChunkBytes * ChunkBytes) + ChunkBytes;
        while (_end + length > (long)_chunks.Count * ChunkBytes || _end / ChunkBytes >= _chunks.Count)
            _chunks.Add(new byte[ChunkBytes]);
        Encoding.UTF8.GetBytes(caption, _chunks[(int)(_end / ChunkBytes)].AsSpan((int)(_end % ChunkBytes)));
        _starts.Add(_end);
        _lengths.Add(length);
        _end += length;
    }

    /// <summary>SHA-256 over all captions in order, 16 hex digits: tells a resumed run that its data are the same.</summary>
    public static string Fingerprint(IReadOnlyList<string> captions)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string caption in captions)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(caption));
            hash.AppendData("\n"u8);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    public IEnumerator<string> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
