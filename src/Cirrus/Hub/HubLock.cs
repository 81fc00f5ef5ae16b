namespace Cirrus.Hub;

/// <summary>One process at a time fetches a blob: flock on a file, as the hub's Python tools take it, waited for without end.</summary>
internal static class HubLock
{
    private const int LinuxAgain = 11, MacAgain = 35, WindowsSharing = 32, WindowsLocked = 33;

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);

    /// <param name="waiting">called once when another process holds it.</param>
    public static async Task<FileStream> TakeAsync(string path, Action waiting, CancellationToken stop)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        for (bool told = false; ; told = true)
        {
            try
            {
                return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when ((e.HResult & 0xffff) is LinuxAgain or MacAgain or WindowsSharing or WindowsLocked)
            {
                if (!told)
                    waiting();
            }
            await Task.Delay(Between, stop).ConfigureAwait(false);
        }
    }
}
