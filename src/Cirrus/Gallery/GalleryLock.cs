using Cirrus.Tensors;

namespace Cirrus.Gallery;

/// <summary>Who writes a gallery holds its file <c>lock</c>; the system lets go of it when the process ends, however it ends.</summary>
internal static class GalleryLock
{
    public const string Name = "lock";

    /// <exception cref="CirrusException">Another writer holds it, or the folder is not ours to write.</exception>
    public static FileStream Take(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(folder, e);
        }
        string path = Path.Combine(folder, Name);
        try
        {
            return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Unwritable(folder, e);
        }
        catch (IOException e)
        {
            throw File.Exists(path) ? new CirrusException($"'{folder}' is being written by another cirrus.",
                hint: "wait until it has ended", e, ProblemKind.Busy) : Unwritable(folder, e);
        }
    }

    private static CirrusException Unwritable(string folder, Exception e) =>
        new($"'{folder}' cannot be written: {e.Message}", hint: "keep the gallery elsewhere: -g FOLDER", e);
}
