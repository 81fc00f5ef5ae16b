using System.Runtime.InteropServices;

namespace Cirrus.Tensors;

/// <summary>Makes a folder's entries durable: on Unix a rename is on the disk only when its folder has been flushed.</summary>
/// <remarks>.NET opens no folders, so the C library is asked. Windows keeps renames in its journal and needs nothing.</remarks>
public static class FolderFlush
{
    private const string C = "libc";

    public static void Of(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        int handle = open(folder, flags: 0);
        if (handle < 0)
            return;
        _ = fsync(handle);    // some file systems flush no folders, and say so
        _ = close(handle);
    }

    [DllImport(C)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport(C)]
    private static extern int fsync(int handle);

    [DllImport(C)]
    private static extern int close(int handle);
}
