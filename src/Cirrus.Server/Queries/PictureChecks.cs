using System.Buffers.Text;
using Cirrus.Imaging;
using Cirrus.Server.Errors;

namespace Cirrus.Server.Queries;

/// <summary>What is known of a picture's bytes before they are decoded.</summary>
internal static class PictureChecks
{
    /// <exception cref="ApiException">413.</exception>
    public static void Size(long bytes, string field, ServerLimits limits)
    {
        if (bytes > (long)limits.PictureMegabytes << 20)
            throw new ApiException(413, "too_large",
                $"{field}: a picture of {bytes / 1048576.0:0.#} MB; at most {limits.PictureMegabytes} are taken.",
                "send a smaller version: the model looks at a few hundred pixels");
    }

    /// <summary>The header of a picture.</summary>
    /// <exception cref="ApiException">413, 415 or 422.</exception>
    public static PictureHeader Header(byte[] bytes, string field, ServerLimits limits)
    {
        Size(bytes.Length, field, limits);
        if (PictureKind.MediaType(bytes) is null)
            throw new ApiException(415, "not_a_picture", $"{field}: this is no picture of a kind that is read.",
                "send JPEG, PNG, WebP, GIF, TIFF, HEIC or AVIF");
        PictureHeader header = PicturePreview.ReadHeader(bytes)
            ?? throw new ApiException(422, "cannot_be_decoded", $"{field}: the picture cannot be decoded.",
                "it is damaged, or of a kind that this machine does not read");
        double megapixels = (double)header.Width * header.Height / 1e6;
        return megapixels <= limits.Megapixels ? header
            : throw new ApiException(413, "too_many_pixels",
                $"{field}: {header.Width} x {header.Height} are {megapixels:0.#} million pixels; at most {limits.Megapixels:0.#} are decoded.",
                "send a smaller version");
    }

    /// <exception cref="ApiException">400 or 413.</exception>
    public static byte[] Base64(string text, string field, ServerLimits limits)
    {
        int comma = text.StartsWith("data:", StringComparison.Ordinal) ? text.IndexOf(',', StringComparison.Ordinal) : -1;
        ReadOnlySpan<char> digits = text.AsSpan(comma + 1);
        Size(digits.Length / 4 * 3L, field, limits);
        byte[] bytes = new byte[Base64Url.GetMaxDecodedLength(digits.Length) + 3];
        return Convert.TryFromBase64Chars(digits, bytes, out int length) ? bytes.AsSpan(0, length).ToArray()
            : throw ApiException.Invalid(
                new FieldError(field, "malformed", "this is no base64.", "encode the file's bytes with the standard alphabet"));
    }
}
