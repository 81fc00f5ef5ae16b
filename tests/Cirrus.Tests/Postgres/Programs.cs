using System.Diagnostics;

namespace Cirrus.Tests.Postgres;

/// <summary>Finds programs, and ends those that tests have started.</summary>
internal static class Programs
{
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(["/usr/sbin", "/sbin"]).Select(d => Path.Combine(d, name)).FirstOrDefault(File.Exists);

    /// <summary>Closes a server's stdin, which it takes for the sign to stop, and kills it when it does not.</summary>
    public static void End(Process process)
    {
        using (process)
        {
            process.StandardInput.Close();
            if (!process.WaitForExit(TimeSpan.FromSeconds(10)))
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
            }
        }
    }
}
