using System.IO.Compression;
using System.Text;
using Cirrus.Tensors;

namespace Cirrus.Training;

/// <summary>Lines of a UTF-8 file, also gzipped. A line that is not UTF-8 or too long is told, and does not end the reading.</summary>
internal sealed class TextLines : IDisposable
{
    /// <summary>A line longer than this many bytes is not a caption.</summary>
    public const int Longest = 1 << 20;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);
    private readonly string _path;
    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly MemoryStream _line = new();
    private int _at;
    private int _filled;

    private TextLines(string path, Stream stream) => (_path, _stream) = (path, stream);

    /// <summary>Number of the current line, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>The current line without its end; null when it could not be read: see <see cref="Reason"/>.</summary>
    public string? Line { get; private set; }

    public string Reason { get; private set; } = "";

    public static TextLines Open(string path)
    {
        FileStream file = File.OpenRead(path);
        bool gz = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        return new(path, gz ? new GZipStream(file, CompressionMode.Decompress) : file);
    }

    /// <summary>Moves to the next line; false at the end.</summary>
    /// <exception cref="CirrusException">The gzip data are damaged.</exception>
    public bool Next()
    {
        _line.SetLength(0);
        bool any = false, tooLong = false, ended = false;
        while (!ended && Fill())
        {
            any = true;
            ReadOnlySpan<byte> rest = _buffer.AsSpan(_at, _filled - _at);
            int newline = rest.IndexOf((byte)'\n');
            ended = newline >= 0;
            ReadOnlySpan<byte> part = ended ? rest[..newline] : rest;
            tooLong |= _line.Length + part.Length > Longest;
            if (!tooLong)
                _line.Write(part);
            _at += part.Length + (ended ? 1 : 0);
        }
        if (!any)
            return false;
        Number++;
        (Line, Reason) = tooLong ? (null, "too long") : Decode(_line.GetBuffer().AsSpan(0, (int)_line.Length), Number == 1);
        return true;
    }

    public void Dispose() => _stream.Dispose();

    private static (string? Line, string Reason) Decode(ReadOnlySpan<byte> bytes, bool first)
    {
        if (first && bytes.StartsWith(Encoding.UTF8.Preamble))
            bytes = bytes[3..];
        if (bytes.EndsWith("\r"u8))
            bytes = bytes[..^1];
        try
        {
            return (Strict.GetString(bytes), "");
        }
        catch (DecoderFallbackException)
        {
            return (null, "not UTF-8");
        }
    }

    private bool Fill()
    {
        if (_at < _filled)
            return true;
        try
        {
            (_at, _filled) = (0, _stream.Read(_buffer));
        }
        catch (InvalidDataException e)
        {
            throw new CirrusException($"'{_path}' is damaged after line {Number}: {e.Message}", hint: "fetch or pack the file again", e);
        }
        return _filled > 0;
    }
}
