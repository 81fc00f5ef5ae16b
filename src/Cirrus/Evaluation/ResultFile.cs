using Cirrus.Tensors;

namespace Cirrus.Evaluation;

/// <summary>Writes what people asked for to where they said.</summary>
internal static class ResultFile
{
    /// <summary>Writes a text file, whole or not at all; its folder is made when it is missing.</summary>
    /// <exception cref="CirrusException">The file cannot be written.</exception>
    public static void Write(string path, Action<TextWriter> write) => Whole(path, stream =>
    {
        using StreamWriter writer = new(stream, leaveOpen: true) { NewLine = "\n" };
        write(writer);
    });

    /// <summary>The same with bytes.</summary>
    /// <exception cref="CirrusException">The file cannot be written.</exception>
    public static void Write(string path, byte[] content) => Whole(path, stream => stream.Write(content));

    private static void Whole(string path, Action<Stream> write)
    {
        try
        {
            string full = Path.GetFullPath(path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            using AtomicFile file = AtomicFile.Create(full);
            write(file.Stream);
            file.Keep();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"'{path}' cannot be written: {e.Message}", hint: "name a file in a folder of yours", e);
        }
    }
}
