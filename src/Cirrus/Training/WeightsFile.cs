using System.Security.Cryptography;
using Cirrus.Tensors;

namespace Cirrus.Training;

/// <summary>The file behind a path to trained weights, and what identifies it.</summary>
public static class WeightsFile
{
    private static readonly string[] Endings = [".safetensors", ".pt", ".pth", ".bin"];

    /// <summary>The file itself, or the one of a run's folder that is opened: the best, else the finished one, else the last.</summary>
    /// <exception cref="CirrusException">There is none.</exception>
    public static string Find(string path)
    {
        if (!Directory.Exists(path))
            return File.Exists(path) ? path : throw new CirrusException($"There are no weights at '{path}'.",
                hint: "name a file, or the folder that was given to 'cirrus train -o'");
        string last = Path.Combine(path, RunFolder.Last);
        return new[] { Path.Combine(path, RunFolder.Best) }
            .Concat(Directory.EnumerateFiles(path).Where(f => f != last && Endings.Contains(Path.GetExtension(f)))
                .Order(StringComparer.Ordinal)).Append(last)
            .FirstOrDefault(File.Exists) ?? throw new CirrusException($"'{path}' holds no weights.",
                hint: "name the folder that was given to 'cirrus train -o'");
    }

    /// <summary>SHA-256 of the file that <see cref="Find"/> finds, in hexadecimal.</summary>
    /// <exception cref="CirrusException">There is none, or it cannot be read.</exception>
    public static string Sha256(string path)
    {
        string file = Find(path);
        try
        {
            using FileStream stream = File.OpenRead(file);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"'{file}' cannot be read: {e.Message}", hint: "check its permissions", e);
        }
    }
}
