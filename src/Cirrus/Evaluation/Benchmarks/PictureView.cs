namespace Cirrus.Evaluation.Benchmarks;

/// <summary>What of a file a benchmark shows the model, where it is not the whole picture.</summary>
/// <param name="Key">tells views of one file apart, in caches and messages.</param>
public abstract record PictureView(string Key);

/// <summary>A picture that a benchmark needs.</summary>
/// <param name="Name">unique in its benchmark; missing pictures are listed by it, and stand-in features are drawn from it.</param>
/// <param name="Places">where its file may be, as absolute paths; the first that is there counts.</param>
/// <param name="View">null: the whole picture.</param>
public sealed record BenchmarkPicture(string Name, IReadOnlyList<string> Places, PictureView? View = null)
{
    /// <summary>The file; null when it is at none of its places.</summary>
    public string? Find() => Places.FirstOrDefault(File.Exists);
}
