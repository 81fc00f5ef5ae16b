using System.ComponentModel;
using System.Diagnostics;

namespace Cirrus.Cli;

/// <summary>Opens a file or an address with the desktop's own program.</summary>
internal static class Browser
{
    /// <summary>How long a desktop may take to say that it has nothing to open it with; some openers run as long as the browser does.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly string[] Desktops = ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSL_DISTRO_NAME"];

    /// <summary>False where there is no desktop, or its opener fails.</summary>
    public static bool TryOpen(string place)
    {
        if (OperatingSystem.IsLinux() && !HasDesktop())
            return false;
        try
        {
            if (OperatingSystem.IsWindows())
            {
                using Process? shown = Process.Start(new ProcessStartInfo(place) { UseShellExecute = true });
                return true;
            }
            string opener = OperatingSystem.IsMacOS() ? "open" : "xdg-open";
            // through a shell, as what a browser says for hours must go somewhere
            using Process process = Process.Start("/bin/sh", ["-c", "exec \"$0\" \"$1\" >/dev/null 2>&1", opener, place]);
            return !process.WaitForExit(Patience) || process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    /// <summary>Without one, xdg-open would take the terminal for a text browser.</summary>
    private static bool HasDesktop() => Desktops.Any(name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)));
}
