using System.Runtime.InteropServices;
using Cirrus.Tensors;

namespace Cirrus.Imaging;

/// <summary>Which way up a picture is taken.</summary>
public enum Orientation
{
    /// <summary>As the file has it, as published features do: Pillow's open does not turn.</summary>
    Stored,

    /// <summary>As the camera's EXIF entry says: what people see.</summary>
    Exif,
}

/// <summary>Picture files to pixels and back. The bytes are hostile until decoded: sizes are checked before memory is taken.</summary>
/// <remarks>Of an animation the first frame is taken, of a TIFF the first page.</remarks>
public static class ImageFile
{
    /// <summary>Samples of libvips: bytes and 16-bit words are ours as they are, all else is converted to sRGB bytes.</summary>
    private const int UChar = 0, UShort = 2;

    private const int Cmyk = 15;

    /// <summary>Bytes a pixel of the largest picture that is decoded: four bands of 16 bits.</summary>
    private const int MostSampleBytes = 8;

    /// <summary>Interpretations whose samples are grey levels or RGB already: multiband, b-w, RGB, sRGB, RGB16, grey16.</summary>
    private static readonly int[] Plain = [0, 1, 17, 22, 25, 26];

    /// <summary>Decodes a picture.</summary>
    /// <param name="name">for messages.</param>
    /// <param name="maxMegapixels">a larger picture is refused from its header.</param>
    /// <exception cref="CirrusException">It is no picture, damaged, truncated, too large, or libvips is not there.</exception>
    public static Picture Decode(byte[] bytes, string name, Orientation orientation = Orientation.Stored, double maxMegapixels = 100)
    {
        LibVips.NeedsToBeThere();
        LibVips.Errors.EnterReadLock();
        try
        {
            if (TryDecode(bytes, name, orientation, maxMegapixels) is Picture picture)
                return picture;
        }
        finally
        {
            LibVips.Errors.ExitReadLock();
        }
        LibVips.Errors.EnterWriteLock();                              // once more and alone, so that the reason is this picture's
        try
        {
            LibVips.TakeError();
            return TryDecode(bytes, name, orientation, maxMegapixels)
                ?? throw new CirrusException($"'{name}' is not a picture that can be read: {Reason(bytes)}",
                    hint: "readable are JPEG, PNG, WebP, GIF, TIFF, HEIC and AVIF", kind: ProblemKind.Unreadable);
        }
        finally
        {
            LibVips.Errors.ExitWriteLock();
        }
    }

    /// <summary>RGB as JPEG, for previews.</summary>
    /// <param name="quality">1 to 100.</param>
    public static byte[] EncodeJpeg(Picture picture, int quality = 85)
    {
        LibVips.NeedsToBeThere();
        Picture rgb = picture.ToRgb();
        nint image = LibVips.vips_image_new_from_memory_copy(rgb.Pixels, (nuint)rgb.Pixels.Length, rgb.Width, rgb.Height, 3, UChar);
        nint save = LibVips.vips_operation_new("jpegsave_buffer");
        LibVips.Set(save, "in", LibVips.vips_image_get_type(), image);
        LibVips.Set(save, "Q", quality.ToString(System.Globalization.CultureInfo.InvariantCulture));
        nint blob = LibVips.Run(save, "buffer", LibVips.vips_blob_get_type());
        LibVips.g_object_unref(image);
        if (blob == 0)
            throw new CirrusException($"A preview of {rgb.Width}x{rgb.Height} could not be written as JPEG: {LibVips.TakeError()}",
                hint: "check the libvips installation");
        byte[] bytes = new byte[LengthOf(blob, out nint data)];
        Marshal.Copy(data, bytes, 0, bytes.Length);
        LibVips.vips_area_unref(blob);
        return bytes;
    }

    private static int LengthOf(nint blob, out nint data)
    {
        data = LibVips.vips_area_get_data(blob, out nuint length, 0, 0, 0);
        return (int)length;
    }

    private static string Reason(byte[] bytes) => bytes.Length == 0 ? "it is empty" : LibVips.TakeError() switch
    {
        null => "it is damaged, or of a format that is not known",
        string said when said.EndsWith("operation is blocked", StringComparison.Ordinal) =>
            "the decoder of its format is not safe for files of others",
        string said when said.EndsWith("not in a known format", StringComparison.Ordinal) => "its bytes are of no known format",
        string said => said,
    };

    /// <summary>Null when libvips says no.</summary>
    private static Picture? TryDecode(byte[] bytes, string name, Orientation orientation, double maxMegapixels)
    {
        GCHandle pin = GCHandle.Alloc(bytes, GCHandleType.Pinned);
        nint image = 0;
        try
        {
            image = LibVips.Load(pin.AddrOfPinnedObject(), bytes.Length, ("access", "sequential"), ("fail_on", "error"));
            if (image == 0)
                return null;
            (int width, int height) = (LibVips.vips_image_get_width(image), LibVips.vips_image_get_height(image));
            if ((double)width * height > maxMegapixels * 1e6)
                throw new CirrusException(
                    $"'{name}' has {width}x{height} pixels, {(double)width * height / 1e6:0.#} million; at most {maxMegapixels:0.#} are decoded.",
                    hint: "make it smaller, or allow more: --max-megapixels", kind: ProblemKind.TooLarge);
            int turn = orientation == Orientation.Exif ? LibVips.vips_image_get_orientation(image) : 1;
            image = Simplified(image);
            if (image == 0)
                return null;
            (int bands, int format, bool inks) = (LibVips.vips_image_get_bands(image), LibVips.vips_image_get_format(image),
                LibVips.vips_image_get_interpretation(image) == Cmyk);
            double wanted = (double)width * height * bands * (format == UShort ? 2 : 1);
            if (wanted > Math.Min(Array.MaxLength, maxMegapixels * 1e6 * MostSampleBytes))
                throw new CirrusException($"'{name}' has {bands} values a pixel, {wanted / 1e6:0} million bytes.",
                    hint: "pictures have one to five: export it as PNG or JPEG");
            nint memory = LibVips.vips_image_write_to_memory(image, out nuint size);
            if (memory == 0)
                return null;
            byte[] samples = new byte[checked((int)size)];
            Marshal.Copy(memory, samples, 0, samples.Length);
            LibVips.g_free(memory);
            PictureMode mode = PictureModes.Of(bytes, bands, format == UShort, inks);
            Picture picture = PictureModes.Arrange(samples, width, height, bands, format == UShort, mode,
                asPeopleSee: orientation == Orientation.Exif);
            return (mode == PictureMode.Palette ? picture with { Zero = PictureModes.FirstColour(bytes) } : picture).Turned(turn);
        }
        finally
        {
            if (image != 0)
                LibVips.g_object_unref(image);
            pin.Free();
        }
    }

    /// <summary>Takes the image; gives one with bytes or 16-bit words of grey, RGB or CMYK, or 0.</summary>
    private static nint Simplified(nint image)
    {
        (int format, int interpretation) = (LibVips.vips_image_get_format(image), LibVips.vips_image_get_interpretation(image));
        if (format is UChar or UShort && (Plain.Contains(interpretation) || (interpretation == Cmyk && format == UChar)))
            return image;
        if (!Plain.Contains(interpretation))
            image = Converted(image, "colourspace", "space", "srgb");
        return image == 0 || LibVips.vips_image_get_format(image) is UChar or UShort ? image : Converted(image, "cast", "format", "uchar");
    }

    private static nint Converted(nint image, string operation, string option, string value)
    {
        nint convert = LibVips.vips_operation_new(operation);
        LibVips.Set(convert, "in", LibVips.vips_image_get_type(), image);
        LibVips.Set(convert, option, value);
        LibVips.g_object_unref(image);
        return LibVips.Run(convert, "out", LibVips.vips_image_get_type());
    }
}
