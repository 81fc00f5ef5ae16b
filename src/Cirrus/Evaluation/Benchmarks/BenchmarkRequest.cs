using Cirrus.Tensors;

namespace Cirrus.Evaluation.Benchmarks;

/// <summary>Which benchmark data to read.</summary>
/// <param name="Data">the folder of the download, or one that holds several benchmarks' folders.</param>
/// <param name="Split">null: the first of <see cref="BenchmarkSource.Splits"/>.</param>
/// <param name="Protocol">null: the first of <see cref="BenchmarkSource.Protocols"/>.</param>
/// <param name="Seed">of what a benchmark leaves to chance.</param>
/// <param name="NeedsPictures">false: no picture will be opened, so a gallery whose list is missing may have a stand-in.</param>
public sealed record BenchmarkRequest(string Data, string? Split = null, string? Protocol = null, ulong Seed = 0, bool NeedsPictures = true)
{
    /// <summary>Called when the folder is found to hold the benchmark, before it is read: what is wrong later is wrong with what is there.</summary>
    public Action? Found { get; init; }

    /// <summary>The first of some files below the data folder that is there.</summary>
    /// <param name="folders">sub-folders that may hold the benchmark, "" for the data folder itself; tried in order.</param>
    /// <param name="file">the file's path below one of them.</param>
    /// <param name="official">where the file comes from, for the error.</param>
    /// <returns>the folder, absolute.</returns>
    /// <exception cref="CirrusException">None is there.</exception>
    public string Folder(IReadOnlyList<string> folders, string file, string official)
    {
        if (!Directory.Exists(Data))
            throw new CirrusException($"There is no folder '{Data}'.", hint: "name the folder of the download: --data DIR");
        string folder = folders.Select(f => Path.TrimEndingDirectorySeparator(Path.GetFullPath(Path.Combine(Data, f))))
            .FirstOrDefault(f => File.Exists(Path.Combine(f, file)))
            ?? throw new CirrusException($"'{Data}' has no {file}.",
                hint: $"it comes from {official}; it is sought in {Data} and its folders {string.Join(", ", folders.Where(f => f.Length > 0))}");
        Found?.Invoke();
        return folder;
    }
}
