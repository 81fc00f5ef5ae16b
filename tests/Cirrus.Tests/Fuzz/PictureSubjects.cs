using System.Runtime.InteropServices;
using Cirrus.Imaging;

namespace Cirrus.Tests.Fuzz;

/// <summary>Pictures of each format that libvips decodes for us; run in a process of their own.</summary>
internal static class PictureSubjects
{
    private const int Side = 48;
    private const double MaxMegapixels = 4;

    public static IReadOnlyList<FuzzSubject> All { get; } =
    [
        Pictures("PNG", ("a.png", "pngsave_buffer", []), ("palette.png", "pngsave_buffer", [("palette", "true")]), ("interlaced.png", "pngsave_buffer", [("interlace", "true")]), ("wide.png", "pngsave_buffer", [("bitdepth", "16")])),
        Pictures("JPEG", ("a.jpg", "jpegsave_buffer", []), ("progressive.jpg", "jpegsave_buffer", [("interlace", "true")])),
        Pictures("WebP", ("a.webp", "webpsave_buffer", []), ("exact.webp", "webpsave_buffer", [("lossless", "true")])),
        Pictures("TIFF", ("a.tif", "tiffsave_buffer", []), ("lzw.tif", "tiffsave_buffer", [("compression", "lzw")]), ("tiles.tif", "tiffsave_buffer", [("tile", "true"), ("compression", "deflate")]),
            ("jpeg.tif", "tiffsave_buffer", [("compression", "jpeg")])),
        Pictures("GIF", ("a.gif", "gifsave_buffer", [])),
        Pictures("HEIF", ("a.avif", "heifsave_buffer", [("compression", "av1")]), ("a.heic", "heifsave_buffer", [])),
    ];

    /// <summary>Files that this libvips can write: not every one has every encoder.</summary>
    private static FuzzSubject Pictures(string name, params (string File, string Operation, (string Name, string Value)[] Options)[] files) => new(name, folder =>
    {
        foreach ((string file, string operation, (string, string)[] options) in files)
            if (Encoded(operation, options) is byte[] bytes)
                File.WriteAllBytes(Path.Combine(folder, file), bytes);
    }, Read)
    { Worth = 3 * 8 * (long)(MaxMegapixels * 1e6) };

    /// <summary>Whether this libvips can write any of a subject's files.</summary>
    public static bool CanBeMade(FuzzSubject subject)
    {
        using TempFolder folder = new();
        subject.Make(folder.Path);
        return Directory.EnumerateFiles(folder.Path).Any();
    }

    private static void Read(string folder)
    {
        Cirrus.Tensors.CirrusException? refused = null;
        foreach (string file in Directory.GetFiles(folder))
        {
            byte[] bytes = File.ReadAllBytes(file);
            foreach (Orientation orientation in new[] { Orientation.Stored, Orientation.Exif })
                try
                {
                    Picture picture = ImageFile.Decode(bytes, Path.GetFileName(file), orientation, MaxMegapixels);
                    Assert.InRange((double)picture.Width * picture.Height, 1, MaxMegapixels * 1e6);
                    picture.ToRgb();
                }
                catch (Cirrus.Tensors.CirrusException e)
                {
                    refused = e;
                }
        }
        if (refused is not null)
            throw new Cirrus.Tensors.CirrusException(refused.Message, refused.Hint, refused);
    }

    private static byte[]? Encoded(string operation, (string Name, string Value)[] options)
    {
        LibVips.NeedsToBeThere();
        byte[] pixels = [.. Enumerable.Range(0, Side * Side * 3).Select(i => (byte)((i * 37) ^ (i >> 3)))];
        nint image = LibVips.vips_image_new_from_memory_copy(pixels, (nuint)pixels.Length, Side, Side, 3, 0);
        nint save = LibVips.vips_operation_new(operation);
        if (save == 0)
            return null;
        LibVips.Set(save, "in", LibVips.vips_image_get_type(), image);
        foreach ((string name, string value) in options)
            LibVips.Set(save, name, value);
        nint blob = LibVips.Run(save, "buffer", LibVips.vips_blob_get_type());
        LibVips.g_object_unref(image);
        if (blob == 0)
        {
            LibVips.TakeError();
            return null;
        }
        nint data = LibVips.vips_area_get_data(blob, out nuint length, 0, 0, 0);
        byte[] bytes = new byte[(int)length];
        Marshal.Copy(data, bytes, 0, bytes.Length);
        LibVips.vips_area_unref(blob);
        return bytes;
    }
}
