using Cirrus.Clip;
using Cirrus.Tensors;
using Cirrus.Tensors.Cpu;

namespace Cirrus.Methods.Searle;

/// <summary>Concepts with their CLIP features: tells which a picture may show (methods: 4.2).</summary>
/// <remarks>
/// A concept's feature is norm(mean over the 24 templates of norm(T(template with the concept))). Those of a vocabulary file are kept
/// beside it, <c>FILE.FINGERPRINT.safetensors</c>, where that can be written: 20,931 names are half a million sentences. Thread-safe.
/// </remarks>
public sealed class ConceptTable : IDisposable
{
    private const string Stored = "concepts";
    private const int Names = 16, Pictures = 64;
    private readonly ClipModel _clip;
    private readonly Arena _arena;
    private readonly Tensor _features;

    private ConceptTable(ClipModel clip, ConceptVocabulary vocabulary, float[] features)
    {
        (_clip, Vocabulary, _arena) = (clip, vocabulary, new(clip.Device));
        _features = _arena.From(features, vocabulary.Names.Count, clip.Config.P);
    }

    public ConceptVocabulary Vocabulary { get; }

    /// <summary>Unit features, [names, P].</summary>
    public Tensor Features => _features;

    /// <summary>Computes the features of a vocabulary, or finds them beside its file.</summary>
    /// <param name="report">called with the number of names done.</param>
    public static ConceptTable Open(ClipModel clip, ConceptVocabulary vocabulary, Action<int>? report = null, CancellationToken stop = default)
    {
        string? kept = vocabulary.File is null ? null : $"{vocabulary.File}.{clip.Fingerprint}.safetensors";
        if (kept is not null && TryRead(kept, clip, vocabulary) is float[] known)
            return new(clip, vocabulary, known);
        float[] features = Compute(clip, vocabulary, report, stop);
        if (kept is not null)
            TryWrite(kept, clip, vocabulary, features);
        return new(clip, vocabulary, features);
    }

    /// <summary>For each picture the numbers of the k concepts nearest by cosine, nearest first.</summary>
    /// <param name="pictures">[n, P] features, normalised or not.</param>
    public int[][] Nearest(ReadOnlySpan<float> pictures, int k)
    {
        int p = _clip.Config.P, n = pictures.Length / p, concepts = Vocabulary.Names.Count;
        using Arena arena = new(_clip.Device);
        Graph g = new(arena);
        float[] scores = new float[Pictures * concepts];
        int[][] nearest = new int[n][];
        for (int start = 0; start < n; start += Pictures)
        {
            int count = Math.Min(Pictures, n - start);
            Tensor products = g.Linear(arena.From(pictures.Slice(start * p, count * p), count, p), _features);
            _clip.Device.Download(scores.AsSpan(0, count * concepts), products);
            g.Reset();
            int first = start;
            Parallel.For(0, count, i => nearest[first + i] = TopK.Largest(scores.AsSpan(i * concepts, concepts), k));
        }
        return nearest;
    }

    public void Dispose() => _arena.Dispose();

    private static float[] Compute(ClipModel clip, ConceptVocabulary vocabulary, Action<int>? report, CancellationToken stop)
    {
        int p = clip.Config.P, templates = ConceptTemplates.All.Count;
        using ClipEmbedder embedder = new(clip);
        float[] features = new float[checked(vocabulary.Names.Count * p)];
        for (int start = 0; start < vocabulary.Names.Count; start += Names)
        {
            stop.ThrowIfCancellationRequested();
            string[] names = [.. vocabulary.Names.Skip(start).Take(Names)];
            float[] rows = embedder.EmbedTexts(
                [.. names.SelectMany(_ => Enumerable.Range(0, templates), (name, t) => ConceptTemplates.Fill(t, name))]);
            for (int i = 0; i < names.Length; i++)
                UnitVectors.Mean(rows.AsMemory(i * templates * p, templates * p), p).CopyTo(features.AsSpan((start + i) * p));
            report?.Invoke(start + names.Length);
        }
        return features;
    }

    private static float[]? TryRead(string path, ClipModel clip, ConceptVocabulary vocabulary)
    {
        if (!File.Exists(path))
            return null;
        using TensorFile file = TensorFile.Open(path);
        if (!file.Tensors.TryGetValue(Stored, out StoredTensor? stored) || !stored.Shape.SequenceEqual([vocabulary.Names.Count, clip.Config.P])
            || file.Metadata.GetValueOrDefault("vocabulary") != vocabulary.Fingerprint)
            return null;
        float[] features = new float[stored.Count];
        file.Read(Stored, features);
        return features;
    }

    private static void TryWrite(string path, ClipModel clip, ConceptVocabulary vocabulary, float[] features)
    {
        try
        {
            Safetensors.Write(path, [new(Stored, StoredType.F32, [vocabulary.Names.Count, clip.Config.P], () => features)],
                new Dictionary<string, string>
                {
                    ["clip"] = clip.Config.Name,
                    ["clip_fingerprint"] = clip.Fingerprint,
                    ["vocabulary"] = vocabulary.Fingerprint,
                });
        }
        catch (CirrusException)    // a folder that is not ours to write in: computed again next time
        {
        }
    }
}
