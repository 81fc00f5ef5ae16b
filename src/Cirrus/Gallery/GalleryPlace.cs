using System.Security.Cryptography;
using System.Text;

namespace Cirrus.Gallery;

/// <summary>Where the gallery of a folder is: in it, or for folders that cannot be written in the user's own data.</summary>
public static class GalleryPlace
{
    /// <summary>Where the gallery of a folder is or should be made: its <c>.cirrus</c>, or <see cref="Elsewhere"/> when that cannot be.</summary>
    public static string Of(string root)
    {
        string usual = Path.Combine(root, GalleryFolder.Name), other = Elsewhere(root);
        return GalleryFolder.IsOne(usual) ? usual : GalleryFolder.IsOne(other) || !CanWrite(root) ? other : usual;
    }

    /// <summary>NAME-HASH of the folder's full path, below the user's data.</summary>
    public static string Elsewhere(string root)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(full)))[..12];
        return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.DoNotVerify), "cirrus", "galleries",
            $"{Path.GetFileName(full)}-{hash}");
    }

    private static bool CanWrite(string folder)
    {
        string probe = Path.Combine(folder, $".cirrus-{Environment.ProcessId}.tmp");
        try
        {
            using (new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose))
                return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
