using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Cirrus.Hub;

/// <summary>
/// What an etag promises of a file: 64 digits are its SHA-256 (large files), 40 are git's blob SHA-1 of "blob SIZE\0"
/// and the content.
/// </summary>
public static class HubHash
{
    private const int Sha256Digits = 64, Sha1Digits = 40;

    /// <summary>True when the etag is a hash, so that the content can be verified.</summary>
    public static bool IsHash(string etag)
    {
        ArgumentNullException.ThrowIfNull(etag);
        return etag.Length is Sha256Digits or Sha1Digits && etag.All(char.IsAsciiHexDigit);
    }

    /// <summary>The hash, of the kind that <paramref name="etag"/> is, of a file's content; in lower case.</summary>
    /// <exception cref="ArgumentException">The etag is no hash.</exception>
    public static async Task<string> OfFileAsync(string path, string etag, CancellationToken stop)
    {
        if (!IsHash(etag))
            throw new ArgumentException($"'{etag}' is no hash.", nameof(etag));
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0,
            FileOptions.Asynchronous | FileOptions.SequentialScan);
        using IncrementalHash hash = IncrementalHash.CreateHash(etag.Length == Sha256Digits ? HashAlgorithmName.SHA256 : GitsHash);
        if (etag.Length == Sha1Digits)
            hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {file.Length}\0")));
        byte[] part = new byte[1 << 20];
        for (int n = await file.ReadAsync(part, stop).ConfigureAwait(false); n > 0; n = await file.ReadAsync(part, stop).ConfigureAwait(false))
            hash.AppendData(part.AsSpan(0, n));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static HashAlgorithmName GitsHash => HashAlgorithmName.SHA1;
}
