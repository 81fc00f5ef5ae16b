using Cirrus.Tensors;

namespace Cirrus.Gallery;

/// <summary>Who writes a gallery holds its file <c>lock</c>; the system lets go of it when the process ends, however it ends.</summary>
internal static class GalleryLock
{
    public const string Name = "lock";

    /// <exception cref="CirrusException">Another writer holds it, or the folder is not ours to write.</exception>
    public static FileStream Take(string folder) => Take(folder, folder,
        "it must be yours to write, on a disk that can be written; a gallery can be kept elsewhere: cirrus index FOLDER -g ELSEWHERE");

    /// <param name="place">what the user has named.</param>
    /// <param name="hint">where that cannot be written.</param>
    public static FileStream Take(string folder, string place, string hint)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(e);
        }
        string path = Path.Combine(folder, Name);
        try
        {
            return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Unwritable(e);
        }
        catch (IOException e)
        {
            throw File.Exists(path) ? new CirrusException($"'{folder}' is being written by another cirrus.",
                hint: "wait until it has ended", e, ProblemKind.Busy) : Unwritable(e);
        }

        CirrusException Unwritable(Exception e) => new($"'{place}' cannot be written: {e.Message}", hint, e);
    }
}
