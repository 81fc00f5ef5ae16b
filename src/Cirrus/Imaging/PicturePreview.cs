using System.Runtime.InteropServices;
using Cirrus.Tensors;

namespace Cirrus.Imaging;

/// <summary>What a picture file is and a small version of it, without decoding all of it where its format allows.</summary>
public static class PicturePreview
{
    private const string White = "255";

    /// <summary>The size and type of a picture from its header alone.</summary>
    /// <returns>null when it is no picture that can be read.</returns>
    public static PictureHeader? ReadHeader(byte[] bytes, Orientation orientation = Orientation.Exif)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        if (PictureKind.MediaType(bytes) is not string type)
            return null;
        return WithVips(bytes, data =>
        {
            nint image = LibVips.Load(data, bytes.Length);
            if (image == 0)
                return null;
            (int width, int height) = (LibVips.vips_image_get_width(image), LibVips.vips_image_get_height(image));
            bool sideways = orientation == Orientation.Exif && LibVips.vips_image_get_orientation(image) >= 5;
            LibVips.g_object_unref(image);
            return new PictureHeader(sideways ? height : width, sideways ? width : height, type);
        });
    }

    /// <summary>A JPEG of at most <paramref name="width"/> by four times that, never larger than the picture, on white, without metadata.</summary>
    /// <exception cref="CirrusException">It cannot be decoded, or is larger than <paramref name="maxMegapixels"/>.</exception>
    public static byte[] Make(byte[] bytes, string name, int width, Orientation orientation = Orientation.Exif,
        double maxMegapixels = 100, int quality = 82)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (ReadHeader(bytes, orientation) is { } header && (double)header.Width * header.Height > maxMegapixels * 1e6)
            throw new CirrusException(
                $"'{name}' has {header.Width}x{header.Height} pixels; at most {maxMegapixels:0.#} million are decoded.",
                    hint: "make it smaller");
        return WithVips(bytes, data =>
        {
            nint thumbnail = LibVips.vips_operation_new("thumbnail_buffer");
            LibVips.SetBuffer(thumbnail, data, bytes.Length);
            LibVips.Set(thumbnail, "width", Text(width));
            LibVips.Set(thumbnail, "height", Text(4 * width));
            LibVips.Set(thumbnail, "size", "down");
            if (orientation == Orientation.Stored)
                LibVips.Set(thumbnail, "no_rotate", "true");
            nint small = LibVips.Run(thumbnail, "out", LibVips.vips_image_get_type());
            if (small == 0)
                return null;
            if (LibVips.vips_image_get_bands(small) is 1 or 3)   // without alpha flatten would take the last colour for it
                return Jpeg(small, quality);
            nint flatten = LibVips.vips_operation_new("flatten");
            LibVips.Set(flatten, "in", LibVips.vips_image_get_type(), small);
            LibVips.Set(flatten, "background", White);
            nint flat = LibVips.Run(flatten, "out", LibVips.vips_image_get_type());
            LibVips.g_object_unref(small);
            return flat == 0 ? null : Jpeg(flat, quality);
        }) ?? throw new CirrusException($"'{name}' cannot be decoded: {LibVips.TakeError() ?? "it is damaged"}",
            hint: "it is damaged, or of a format that this libvips does not read");
    }

    private static byte[]? Jpeg(nint image, int quality)
    {
        nint save = LibVips.vips_operation_new("jpegsave_buffer");
        LibVips.Set(save, "in", LibVips.vips_image_get_type(), image);
        LibVips.Set(save, "Q", Text(quality));
        LibVips.Set(save, "strip", "true");
        nint blob = LibVips.Run(save, "buffer", LibVips.vips_blob_get_type());
        LibVips.g_object_unref(image);
        if (blob == 0)
            return null;
        nint data = LibVips.vips_area_get_data(blob, out nuint length, 0, 0, 0);
        byte[] jpeg = new byte[checked((int)length)];
        Marshal.Copy(data, jpeg, 0, jpeg.Length);
        LibVips.vips_area_unref(blob);
        return jpeg;
    }

    private static T? WithVips<T>(byte[] bytes, Func<nint, T?> act)
        where T : class
    {
        LibVips.NeedsToBeThere();
        if (bytes.Length == 0)
            return null;
        GCHandle pin = GCHandle.Alloc(bytes, GCHandleType.Pinned);
        LibVips.Errors.EnterReadLock();
        try
        {
            return act(pin.AddrOfPinnedObject());
        }
        finally
        {
            LibVips.Errors.ExitReadLock();
            pin.Free();
        }
    }

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
