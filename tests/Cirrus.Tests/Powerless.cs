using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Cirrus.Tests;

/// <summary>Runs something as a user who is bound to the permissions of files, also when the tests run as root, who is not.</summary>
/// <remarks>Linux knows a user for files of each single thread (setfsuid); root's power over files goes with it and comes back.</remarks>
[UnsupportedOSPlatform("windows")]
internal static class Powerless
{
    private const int Nobody = 65534;

    public static bool Possible => !Environment.IsPrivilegedProcess || OperatingSystem.IsLinux();

    /// <param name="ours">files and folders that the user may write.</param>
    public static T Run<T>(IEnumerable<string> ours, Func<T> run)
    {
        if (!Environment.IsPrivilegedProcess)
            return run();
        foreach (string place in ours)
            File.SetUnixFileMode(place, (UnixFileMode)0b111_111_111);
        T? result = default;
        Exception? failure = null;
        Thread thread = new(() =>
        {
            int before = setfsuid(Nobody);
            try
            {
                result = run();
            }
#pragma warning disable CA1031 // carried to the caller's thread
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = e;
            }
            finally
            {
                _ = setfsuid(before);
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw new InvalidOperationException(failure.Message, failure);
    }

    [DllImport("libc")]
    private static extern int setfsuid(int user);
}
