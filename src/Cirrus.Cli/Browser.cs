using System.ComponentModel;
using System.Diagnostics;

namespace Cirrus.Cli;

/// <summary>Opens a file with the desktop's own program.</summary>
internal static class Browser
{
    public static bool TryOpen(string file)
    {
        try
        {
            using Process? process = OperatingSystem.IsWindows() ? Process.Start(new ProcessStartInfo(file) { UseShellExecute = true })
                : Process.Start(new ProcessStartInfo(OperatingSystem.IsMacOS() ? "open" : "xdg-open", [file]) { RedirectStandardError = true });
            return process is not null;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
