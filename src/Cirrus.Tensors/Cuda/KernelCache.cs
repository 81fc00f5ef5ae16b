using System.Security.Cryptography;

namespace Cirrus.Tensors.Cuda;

/// <summary>Compiled kernels on disk, so that only the first run of a version on a machine waits for the compiler.</summary>
/// <remarks>
/// A file is the SHA-256 of the code and then the code: one that is damaged is compiled again. Files appear whole or not at
/// all; a folder that cannot be written only costs time.
/// </remarks>
internal sealed class KernelCache(string folder)
{
    /// <summary>cirrus/kernels in the user's cache folder.</summary>
    public static string UsualFolder => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
        : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "cirrus", "kernels");

    /// <summary>The code kept under a key, or null.</summary>
    public byte[]? Find(string key)
    {
        try
        {
            byte[] file = File.ReadAllBytes(PathOf(key));
            return file.Length > SHA256.HashSizeInBytes && SHA256.HashData(file.AsSpan(SHA256.HashSizeInBytes)).AsSpan()
                .SequenceEqual(file.AsSpan(0, SHA256.HashSizeInBytes))
                ? file[SHA256.HashSizeInBytes..]
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Keep(string key, ReadOnlySpan<byte> code)
    {
        string path = PathOf(key), mine = $"{path}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}.tmp";
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(mine, [.. SHA256.HashData(code), .. code]);
            File.Move(mine, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(mine);
        }
    }

    private string PathOf(string key) => Path.Combine(folder, key + ".cubin");
}
