using System.CommandLine;
using System.Globalization;

namespace Cirrus.Cli;

/// <summary>How an evaluation comes to features of its pictures: --cache, --no-cache, --allow-missing, --reference-half.</summary>
internal static class EvalPictureOptions
{
    private const string Folder = ".cirrus-features";
    private static readonly Option<string?> Cache = new("--cache")
    {
        Description = $"keep features in this folder; else in {Folder} of the data folder, or in your own where that is not yours",
    };
    private static readonly Option<bool> NoCache = new("--no-cache") { Description = "compute all features anew and keep none" };
    private static readonly Option<bool> AllowMissing = new("--allow-missing")
    {
        Description = "go on without pictures that are missing or broken; their targets are misses, and the result says so",
    };
    private static readonly Option<bool> ReferenceHalf = new("--reference-half")
    {
        Description = "round the pixels of reference pictures to half precision, as LinCIR's released validation does",
    };

    public static IReadOnlyList<Option> All { get; } = [Cache, NoCache, AllowMissing, ReferenceHalf];

    /// <param name="data">the folder of the download.</param>
    /// <param name="error">for progress; null: none.</param>
    public static ExtractionOptions Read(ParseResult args, string data, TextWriter error, bool quiet)
    {
        string? root = args.GetValue(NoCache) ? null : args.GetValue(Cache) ?? Default(data);
        Progress progress = new(error);
        return new(root, args.GetValue(AllowMissing), args.GetValue(ReferenceHalf), quiet ? null : (done, total) =>
        {
            if (done == 0)
                error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{total:N0} pictures are to be embedded; {(root is null ? "nothing is kept" : $"features are kept in {root}")}"));
            progress.Report(done, total, "pictures");
            if (done == total)
                progress.End();
        }, error.WriteLine);
    }

    private static string Default(string data) => Writable(Path.Combine(data, Folder)) ??
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.DoNotVerify), "cirrus", "features");

    private static string? Writable(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            using FileStream probe = new(Path.Combine(folder, $"{Guid.NewGuid():N}.probe"), FileMode.CreateNew,
                FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
