using System.Diagnostics;
using System.Globalization;
using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>Raw features of all pictures of a set that can be read, computed once and kept in files.</summary>
/// <remarks>
/// A file holds the features of 1,024 pictures, and what they were made of: the model's fingerprint and the set's. A run that was stopped
/// reads what is there and goes on behind it. The row of a picture that cannot be read is NaN.
/// </remarks>
public sealed class PictureFeatures
{
    private const int FileRows = 1024, Batch = 128;
    private const string Tensor = "features";
    private readonly float[] _features;
    private readonly int _p;

    private PictureFeatures(float[] features, int p) => (_features, _p) = (features, p);

    public int Count => _features.Length / _p;

    /// <summary>The feature of a picture, [P]; empty where it cannot be read.</summary>
    public ReadOnlySpan<float> this[int place] => _features.AsSpan(place * _p, _p) is var row && float.IsNaN(row[0]) ? [] : row;

    /// <param name="folder">where the files are; null: nothing is kept.</param>
    /// <param name="say">told how far it is, every ten seconds, and of every picture that cannot be read.</param>
    /// <exception cref="CirrusException">There are more pictures than memory can address.</exception>
    /// <exception cref="OperationCanceledException">Asked to stop; whole files stay.</exception>
    public static PictureFeatures Of(ClipModel clip, PictureSet pictures, string? folder = null, Action<string>? say = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(pictures);
        int p = clip.Config.P;
        if ((long)pictures.Count * p > Array.MaxLength)
            throw new CirrusException($"The features of {pictures.Count:N0} pictures do not fit into memory.", hint: "give fewer, or have them varied in every step");
        float[] features = new float[pictures.Count * p];
        Dictionary<string, string> made = new() { ["model"] = clip.Fingerprint, ["pictures"] = pictures.Fingerprint };
        using ClipEmbedder embedder = new(clip);
        long told = Stopwatch.GetTimestamp();
        for (int start = 0; start < pictures.Count; start += FileRows)
        {
            Memory<float> rows = features.AsMemory(start * p, Math.Min(FileRows, pictures.Count - start) * p);
            string? path = folder is null ? null : Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"pictures-{start / FileRows:D5}.safetensors"));
            if (path is not null && Read(path, made, rows.Span))
                continue;
            for (int at = 0; at < rows.Length / p; at += Batch)
            {
                int[] places = [.. Enumerable.Range(start + at, Math.Min(Batch, (rows.Length / p) - at))];
                Embed(embedder, ReadPictures.From(pictures, places, stop: stop), pictures, rows.Slice(at * p, places.Length * p).Span, places[0], say);
                if (Stopwatch.GetElapsedTime(told).TotalSeconds < 10)
                    continue;
                say?.Invoke($"{start + at + places.Length:N0} of {pictures.Count:N0} pictures embedded");
                told = Stopwatch.GetTimestamp();
            }
            if (path is not null)
                Write(path, made, rows, p);
        }
        return new(features, p);
    }

    private static void Embed(ClipEmbedder embedder, ReadPictures read, PictureSet pictures, Span<float> rows, int first, Action<string>? say)
    {
        float[] good = embedder.EmbedImages(read.Pixels);
        int p = rows.Length / (read.Places.Count + read.Bad.Count);
        rows.Fill(float.NaN);
        for (int i = 0; i < read.Places.Count; i++)
            good.AsSpan(i * p, p).CopyTo(rows[((read.Places[i] - first) * p)..]);
        foreach ((int place, string reason) in read.Bad)
            say?.Invoke($"left out: {pictures.Names[place]}: {reason}");
    }

    private static bool Read(string path, Dictionary<string, string> made, Span<float> rows)
    {
        if (!File.Exists(path))
            return false;
        using TensorFile file = TensorFile.Open(path);
        if (made.Any(m => file.Metadata.GetValueOrDefault(m.Key) != m.Value) || !file.Tensors.TryGetValue(Tensor, out StoredTensor? stored)
            || stored.Type != StoredType.F32 || stored.Count != rows.Length)
            return false;
        file.Read(Tensor, rows);
        return true;
    }

    private static void Write(string path, Dictionary<string, string> made, ReadOnlyMemory<float> rows, int p)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Safetensors.Write(path, [new(Tensor, StoredType.F32, [rows.Length / p, p], () => rows)], made);
    }
}
