using System.Text;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Tensors;

namespace Cirrus.Tests.Evaluation.Benchmarks;

/// <summary>A small download of our own, as files by their paths.</summary>
internal sealed class BenchmarkFolder : IDisposable
{
    private readonly TempFolder _folder = new();

    public BenchmarkFolder(params (string Path, string Text)[] files)
    {
        foreach ((string path, string text) in files)
            Write(path, text);
    }

    public string Path => _folder.Path;

    public string Write(string path, string text)
    {
        string full = _folder.At(path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text, new UTF8Encoding(false));
        return full;
    }

    public BenchmarkData Open(string benchmark, string? split = null, string? protocol = null, bool needsPictures = true) =>
        BenchmarkSource.Find(benchmark).Open(new(Path, split, protocol, NeedsPictures: needsPictures));

    /// <summary>Asserts that reading fails, and that the message names all of some parts.</summary>
    public CirrusException Refuses(string benchmark, params string[] parts)
    {
        CirrusException e = Assert.Throws<CirrusException>(() => Open(benchmark));
        foreach (string part in parts)
            Assert.Contains(part, e.Message, StringComparison.Ordinal);
        Assert.False(string.IsNullOrWhiteSpace(e.Hint));
        return e;
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>All counts of a download are those that are published, and this many are.</summary>
    public static void AsPublished(BenchmarkData data, int published)
    {
        Assert.Empty(data.Counts.Where(c => c.Differs));
        Assert.Equal(published, data.Counts.Count(c => c.Published is not null));
    }
}
