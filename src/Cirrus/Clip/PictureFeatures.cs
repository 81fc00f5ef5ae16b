using System.Diagnostics;
using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>Raw features of all pictures of a set that can be read, each computed once and kept in a cache.</summary>
public sealed class PictureFeatures
{
    /// <summary>After so many pictures or seconds a segment of the cache is written: the most a killed process loses.</summary>
    private const int SegmentRows = 256, SegmentSeconds = 10;

    private readonly int _p;
    private readonly HashSet<int> _bad;

    private PictureFeatures(float[] rows, int p, IReadOnlyList<(int Place, string Reason)> bad, int embedded) =>
        (Rows, _p, Bad, _bad, Embedded) = (rows, p, bad, [.. bad.Select(b => b.Place)], embedded);

    public int Count => Rows.Length / _p;

    /// <summary>[Count, P], row by row; zero where a picture cannot be read.</summary>
    public float[] Rows { get; }

    /// <summary>Places of pictures that cannot be read, in order, and why.</summary>
    public IReadOnlyList<(int Place, string Reason)> Bad { get; }

    /// <summary>How many were computed now; the others were in the cache, are equal to another, or cannot be read.</summary>
    public int Embedded { get; }

    /// <summary>The feature of a picture, [P]; empty where it cannot be read.</summary>
    public ReadOnlySpan<float> this[int place] => _bad.Contains(place) ? [] : Rows.AsSpan(place * _p, _p);

    /// <param name="cache">null: nothing is kept.</param>
    /// <param name="report">called with the number done and the number that were not in the cache.</param>
    /// <exception cref="CirrusException">There are more pictures than memory can address.</exception>
    /// <exception cref="OperationCanceledException">Asked to stop; what was computed is in the cache.</exception>
    public static PictureFeatures Of(ClipModel clip, PictureSet pictures, FeatureCache? cache = null,
        Action<int, int>? report = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(pictures);
        int p = clip.Config.P;
        if ((long)pictures.Count * p > Array.MaxLength)
            throw new CirrusException($"The features of {pictures.Count:N0} pictures do not fit into memory.",
                hint: "give fewer");
        float[] rows = new float[pictures.Count * p];
        string[] keys = [.. Enumerable.Range(0, pictures.Count).Select(pictures.KeyOf)];
        Dictionary<string, int> first = new(StringComparer.Ordinal);
        for (int i = 0; i < keys.Length; i++)
            first.TryAdd(keys[i], i);
        bool[] have = new bool[keys.Length];
        cache?.Read(first, p, rows, have);
        int[] missing = [.. first.Values.Where(i => !have[i]).Order()];
        Dictionary<int, string> bad = Embed(clip, pictures, missing, keys, rows, cache, report, stop);
        List<(int, string)> told = [];
        for (int i = 0; i < keys.Length; i++)
        {
            int source = first[keys[i]];
            rows.AsSpan(source * p, p).CopyTo(rows.AsSpan(i * p));
            if (bad.TryGetValue(source, out string? reason))
                told.Add((i, reason));
        }
        return new(rows, p, told, missing.Length - bad.Count);
    }

    /// <summary>Features of a training's pictures.</summary>
    /// <param name="folder">where they are kept; null: nowhere.</param>
    /// <param name="say">told how far it is, every ten seconds, and of every picture that cannot be read.</param>
    /// <exception cref="CirrusException">There are more pictures than memory can address.</exception>
    /// <exception cref="OperationCanceledException">Asked to stop; what was computed is kept.</exception>
    public static PictureFeatures OfTraining(
        ClipModel clip, PictureSet pictures, string? folder, Action<string>? say, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(pictures);
        FeatureCache? cache = folder is null ? null : new(folder,
            new Dictionary<string, string> { ["model"] = clip.Fingerprint, ["pictures"] = pictures.Fingerprint }, say);
        long told = Stopwatch.GetTimestamp();
        PictureFeatures features = Of(clip, pictures, cache, (done, total) =>
        {
            if (Stopwatch.GetElapsedTime(told).TotalSeconds < 10)
                return;
            say?.Invoke($"{done:N0} of {total:N0} pictures embedded");
            told = Stopwatch.GetTimestamp();
        }, stop);
        foreach ((int place, string reason) in features.Bad)
            say?.Invoke($"left out: {pictures.Names[place]}: {reason}");
        return features;
    }

    /// <summary>Computes some rows → the places that cannot be read, and why.</summary>
    private static Dictionary<int, string> Embed(ClipModel clip, PictureSet pictures, int[] places, string[] keys,
        float[] rows, FeatureCache? cache, Action<int, int>? report, CancellationToken stop)
    {
        int p = clip.Config.P, done = 0;
        Dictionary<int, string> bad = [];
        List<int> pending = [];
        long since = Stopwatch.GetTimestamp();
        using ClipEmbedder embedder = new(clip);
        if (places.Length > 0)
            report?.Invoke(0, places.Length);
        try
        {
            foreach (ReadPictures read in ReadPictures.Ahead(pictures, places, stop))
            {
                float[] some = embedder.EmbedImages(read.Pixels);
                for (int i = 0; i < read.Places.Count; i++)
                    some.AsSpan(i * p, p).CopyTo(rows.AsSpan(read.Places[i] * p));
                // A device's failure is not kept.
                pending.AddRange(read.Places.Where(i => float.IsFinite(Sum(rows.AsSpan(i * p, p)))));
                foreach ((int place, string reason) in read.Bad)
                    bad.Add(place, reason);
                if (pending.Count >= SegmentRows || Stopwatch.GetElapsedTime(since).TotalSeconds >= SegmentSeconds)
                    Save();
                report?.Invoke(done += read.Places.Count + read.Bad.Count, places.Length);
            }
        }
        finally
        {
            Save();
        }
        return bad;

        static float Sum(ReadOnlySpan<float> row)
        {
            float sum = 0;
            foreach (float x in row)
                sum += MathF.Abs(x);
            return sum;
        }

        void Save()
        {
            float[] some = new float[pending.Count * p];
            for (int i = 0; i < pending.Count; i++)
                rows.AsSpan(pending[i] * p, p).CopyTo(some.AsSpan(i * p));
            cache?.Write([.. pending.Select(i => keys[i])], some);
            pending.Clear();
            since = Stopwatch.GetTimestamp();
        }
    }
}
