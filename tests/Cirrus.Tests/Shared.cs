namespace Cirrus.Tests;

/// <summary>Data beside the repository (../shared), which is not part of it. A test that needs it says so when skipped.</summary>
internal static class Shared
{
    public static string Root { get; } = Find();

    /// <summary>The path of a file or folder of ../shared; skips the test, with the reason, when it is not there.</summary>
    public static string Need(string path)
    {
        string full = Path.Combine(Root, path);
        Assert.SkipUnless(Path.Exists(full), $"needs {Path.Combine("../shared", path)}, which is not here");
        return full;
    }

    /// <summary>The root of the repository, found from where the tests run.</summary>
    public static string Repository { get; } = FindRepository();

    private static string FindRepository()
    {
        string? at = AppContext.BaseDirectory;
        while (at is not null && !File.Exists(Path.Combine(at, "Cirrus.slnx")))
            at = Path.GetDirectoryName(at);
        return at ?? throw new InvalidOperationException("Cirrus.slnx is not above the tests.");
    }

    private static string Find() => Path.GetFullPath(Path.Combine(FindRepository(), "..", "shared"));
}
