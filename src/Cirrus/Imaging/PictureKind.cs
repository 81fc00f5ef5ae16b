namespace Cirrus.Imaging;

/// <summary>What a picture's first bytes and header say, before anything is decoded.</summary>
/// <param name="Width">pixels, after orientation.</param>
public sealed record PictureHeader(int Width, int Height, string MediaType);

/// <summary>Kinds of picture files, told by their first bytes.</summary>
public static class PictureKind
{
    private static readonly (int At, byte[] Bytes, string MediaType, string Ending)[] Signs =
    [
        (0, [0xFF, 0xD8, 0xFF], "image/jpeg", ".jpg"),
        (0, [0x89, .. "PNG\r\n"u8], "image/png", ".png"),
        (0, [.. "GIF8"u8], "image/gif", ".gif"),
        (8, [.. "WEBP"u8], "image/webp", ".webp"),
        (0, [.. "II*\0"u8], "image/tiff", ".tif"),
        (0, [.. "MM\0*"u8], "image/tiff", ".tif"),
        (4, [.. "ftypavif"u8], "image/avif", ".avif"),
        (4, [.. "ftypavis"u8], "image/avif", ".avif"),
        (4, [.. "ftyphei"u8], "image/heic", ".heic"),
        (4, [.. "ftyphev"u8], "image/heic", ".heic"),
        (4, [.. "ftypmif1"u8], "image/heif", ".heif"),
        (0, [.. "BM"u8], "image/bmp", ".bmp"),
    ];

    /// <summary>The media type of a picture file, or null for what is none that is known.</summary>
    /// <param name="start">its first bytes; 16 are enough.</param>
    public static string? MediaType(ReadOnlySpan<byte> start) => Find(start)?.MediaType;

    /// <summary>The usual ending of its name, with the dot; null for what is no picture that is known.</summary>
    public static string? Ending(ReadOnlySpan<byte> start) => Find(start)?.Ending;

    private static (string MediaType, string Ending)? Find(ReadOnlySpan<byte> start)
    {
        foreach ((int at, byte[] bytes, string type, string ending) in Signs)
            if (start.Length >= at + bytes.Length && start.Slice(at, bytes.Length).SequenceEqual(bytes))
                return (type, ending);
        return null;
    }
}
