using System.Globalization;
using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus;

/// <summary>How a benchmark's pictures become features.</summary>
/// <param name="CacheRoot">a folder under which features are kept; null: nowhere.</param>
/// <param name="AllowMissing">go on without pictures that are not there or cannot be read; else that is an error.</param>
/// <param name="ReferenceHalf">round the pixels of reference pictures to half precision, as LinCIR's released
/// validation does (benchmarks: 9).</param>
/// <param name="Report">called with the number of pictures done and the number that were not in the cache.</param>
/// <param name="Say">a line for people, now and then.</param>
public sealed record ExtractionOptions(string? CacheRoot = null, bool AllowMissing = false, bool ReferenceHalf = false,
    Action<int, int>? Report = null, Action<string>? Say = null);

/// <summary>A picture that a benchmark needs and that is not there, or cannot be read.</summary>
/// <param name="Reason">null: there is no file.</param>
public sealed record MissingPicture(string Name, string? Reason);

/// <summary>Features of a benchmark's pictures.</summary>
/// <param name="Missing">pictures that the features are without.</param>
/// <param name="Embedded">how many pictures were computed; the others were in the cache.</param>
public sealed record BenchmarkExtraction(BenchmarkFeatures Features, IReadOnlyList<MissingPicture> Missing, int Embedded)
{
    private const int Named = 5;

    /// <summary>Reads and embeds all pictures: each once, unless references are treated in their own way.</summary>
    /// <exception cref="CirrusException">Pictures are missing, and that is not allowed; or there is none at all.</exception>
    /// <exception cref="OperationCanceledException">Asked to stop; what was computed is in the cache.</exception>
    public static BenchmarkExtraction Run(BenchmarkData data, ClipModel clip, ExtractionOptions options, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(options);
        string?[] keys = Keys(data.Pictures);
        MissingPicture[] absent = [.. data.Pictures.Where((_, i) => keys[i] is null).Select(p => new MissingPicture(p.Name, null))];
        Refuse(data, absent, options.AllowMissing);
        LibVips.NeedsToBeThere();                                     // else every picture would be called broken
        (int Picture, bool Half)[] wanted = [.. data.Candidates.Select(i => (i, false))
            .Concat(data.References.Select(i => (i, options.ReferenceHalf))).Distinct()
            .Where(w => keys[w.i] is not null).Order()];
        PictureSet pictures = new([.. wanted.Select(w => data.Pictures[w.Picture].Name)], "",
            (i, _) => Pixels(data.Pictures[wanted[i].Picture], clip, wanted[i].Half))
        {
            KeyOf = i => keys[wanted[i].Picture] + (wanted[i].Half ? "\nhalf" : ""),
        };
        FeatureCache? cache = options.CacheRoot is null ? null : FeatureCache.Of(clip, options.CacheRoot, options.Say);
        PictureFeatures features = PictureFeatures.Of(clip, pictures, cache, options.Report, stop);
        MissingPicture[] missing = [.. absent,
            .. features.Bad.Select(b => new MissingPicture(pictures.Names[b.Place], b.Reason)).DistinctBy(m => m.Name)];
        Refuse(data, missing, options.AllowMissing);
        Dictionary<(int, bool), int> rows = [];
        for (int i = 0; i < wanted.Length; i++)
            if (!features[i].IsEmpty)
                rows.Add(wanted[i], i);
        (float[] candidates, HashSet<int> lostCandidates) = Rows(features, data.Candidates, false, rows, clip.Config.P);
        (float[] references, HashSet<int> lostReferences) = Rows(features, data.References, options.ReferenceHalf, rows, clip.Config.P);
        return new(new(clip.Config.P, candidates, references)
        {
            MissingCandidates = lostCandidates,
            MissingReferences = lostReferences,
            Patches = reference => Patches(Pixels(data.Pictures[data.References[reference]], clip, options.ReferenceHalf), clip),
        }, missing, features.Embedded);
    }

    /// <summary>What marks a result that was made without some pictures; empty when none is missing.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Provenance(Benchmark benchmark)
    {
        ArgumentNullException.ThrowIfNull(benchmark);
        if (Missing.Count == 0)
            return [];
        int reference = benchmark.Queries.Count(q => Features.MissingReferences.Contains(q.Reference));
        int target = benchmark.Queries.Count(q => q.Targets.Any(t => t.Any(Features.MissingCandidates.Contains)));
        return
        [
            new("missing pictures", Text(Missing.Count)), new("queries whose reference is missing", Text(reference)),
            new("queries whose target is missing", Text(target)), new("names of missing pictures", string.Join(", ", Missing.Select(m => m.Name))),
        ];
    }

    /// <summary>
    /// What a cache finds a picture by: its file as it is now, and the view; null where there is no file. References to
    /// a file are followed.
    /// </summary>
    private static string?[] Keys(IReadOnlyList<BenchmarkPicture> pictures)
    {
        string?[] keys = new string?[pictures.Count];
        Parallel.For(0, keys.Length, i =>
        {
            if (pictures[i].Find() is not string path)
                return;
            FileSystemInfo file = new FileInfo(path);
            if (file.Attributes.HasFlag(FileAttributes.ReparsePoint))
                file = file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
            keys[i] = string.Create(CultureInfo.InvariantCulture,
                $"{Path.GetFullPath(path)}\n{(file as FileInfo)?.Length}\n{file.LastWriteTimeUtc.Ticks}\n{pictures[i].View?.Key}");
        });
        return keys;
    }

    private static float[] Patches(float[] pixels, ClipModel clip)
    {
        using ClipEmbedder embedder = new(clip);
        return embedder.EmbedPatches([pixels]);
    }

    private static float[] Pixels(BenchmarkPicture picture, ClipModel clip, bool half)
    {
        float[] pixels = BenchmarkPictures.Read(picture, clip.Preprocessing);
        for (int i = 0; half && i < pixels.Length; i++)
            pixels[i] = (float)(Half)pixels[i];
        return pixels;
    }

    private static void Refuse(BenchmarkData data, MissingPicture[] missing, bool allowed)
    {
        if (missing.Length == 0 || (allowed && missing.Length < data.Pictures.Count))
            return;
        string names = string.Join(", ", missing.Take(Named).Select(m => m.Name)) + (missing.Length > Named ? ", ..." : ""),
            are = missing.Length == 1 ? "is" : "are";
        string sought = data.Pictures.First(p => p.Name == missing[0].Name).Places is [string place, ..] ? $" (the first is sought at {place})" : "";
        string why = missing[0].Reason is string reason ? $"cannot be read: {names} ({reason.TrimEnd('.')})" : $"{are} missing: {names}{sought}";
        throw new CirrusException(string.Create(CultureInfo.InvariantCulture,
            $"{missing.Length:N0} of the {data.Pictures.Count:N0} pictures of {data.Protocol} {why}."),
            hint: missing.Length == data.Pictures.Count
            ? "fetch the pictures and name their folder: --data DIR; --check lists what is missing"
            : "--check lists all of them; --allow-missing goes on without them and counts lost targets as misses");
    }

    /// <summary>Rows of some pictures in their order, zero where they are missing.</summary>
    private static (float[] Rows, HashSet<int> Missing) Rows(PictureFeatures features, IReadOnlyList<int> places, bool half,
        Dictionary<(int, bool), int> rows, int p)
    {
        float[] some = new float[checked(places.Count * p)];
        HashSet<int> missing = [];
        for (int i = 0; i < places.Count; i++)
            if (rows.TryGetValue((places[i], half), out int row))
                features[row].CopyTo(some.AsSpan(i * p));
            else
                missing.Add(i);
        return (some, missing);
    }

    private static string Text(int count) => count.ToString(CultureInfo.InvariantCulture);
}
