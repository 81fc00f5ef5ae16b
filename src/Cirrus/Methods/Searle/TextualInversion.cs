using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.Searle;

/// <summary>One step of an inversion, for progress and for benchmarks.</summary>
/// <param name="Pictures">pictures of the batch.</param>
/// <param name="Rows">tokens that went through the tower and back.</param>
/// <param name="Prefixes">tokens before a <c>$</c>, which went through once and not back.</param>
/// <param name="References">tokens of phrases as they were written, since the inversion began.</param>
public sealed record InversionStep(int Pictures, int Step, int Steps, float CosineLoss, float PhraseLoss, int Rows, int Prefixes, long References);

/// <summary>Finds pictures' pseudo-words by optimisation (SEARLE-OTI; methods: 4.2 to 4.4).</summary>
/// <remarks>
/// What is drawn for a picture depends on the seed and the picture's own feature, never on its neighbours: a picture's pseudo-word is
/// the same, but for rounding, in any batch. Only the pseudo-words have gradients: the text tower's prefixes before <c>$</c> go
/// through once a step, and what stands behind the end token not at all. Not thread-safe.
/// Source: Baldrati et al., "Zero-Shot Composed Image Retrieval with Textual Inversion", ICCV 2023, section 3.1.
/// </remarks>
public sealed class TextualInversion : IDisposable
{
    /// <summary>Concepts ranked for a picture; published: 250.</summary>
    public const int Ranked = 250;

    private const int ReferencesAtOnce = 64;
    private readonly ClipModel _clip;
    private readonly PhraseFeatures _features;
    private readonly int[][] _templates;

    /// <param name="concepts">the caller's, as the book.</param>
    public TextualInversion(ClipModel clip, ConceptTable concepts, PhraseBook phrases, OtiOptions options)
    {
        (_clip, Concepts, Phrases, Options, _features) = (clip, concepts, phrases, options.Check(), new(clip));
        _templates = [.. Enumerable.Range(0, ConceptTemplates.All.Count).Select(t => clip.Tokenizer.Encode(ConceptTemplates.Fill(t)))];
    }

    public OtiOptions Options { get; }

    public ConceptTable Concepts { get; }

    public PhraseBook Phrases { get; }

    /// <summary>The identity of a picture's feature, 16 hex digits: same feature, same pseudo-word.</summary>
    public static string KeyOf(ReadOnlySpan<float> picture) => Convert.ToHexStringLower(Hash(picture).AsSpan(0, 8));

    /// <summary>Pseudo-words of pictures, in batches of <see cref="OtiOptions.Batch"/>.</summary>
    /// <param name="pictures">[n·P] raw image features, row by row.</param>
    /// <returns>[n·W] tokens.</returns>
    /// <exception cref="OperationCanceledException">Asked to stop; thrown between two steps.</exception>
    public float[] Invert(ReadOnlySpan<float> pictures, Action<InversionStep>? report = null, CancellationToken stop = default) =>
        Run(pictures, [], report, stop);

    /// <summary>The same from words that are good already, a network's say, instead of drawn ones.</summary>
    /// <param name="start">[n·W] tokens.</param>
    public float[] Refine(ReadOnlySpan<float> pictures, ReadOnlySpan<float> start, Action<InversionStep>? report = null,
        CancellationToken stop = default) =>
        start.Length / _clip.Config.Text.Width == pictures.Length / _clip.Config.P ? Run(pictures, start, report, stop)
        : throw new ArgumentException($"{start.Length} numbers are no words of {pictures.Length / _clip.Config.P} pictures.", nameof(start));

    public void Dispose() => _features.Dispose();

    private float[] Run(ReadOnlySpan<float> pictures, ReadOnlySpan<float> given, Action<InversionStep>? report, CancellationToken stop)
    {
        int p = _clip.Config.P, w = _clip.Config.Text.Width, n = pictures.Length / p;
        if (n * p != pictures.Length)
            throw new ArgumentException($"{pictures.Length} numbers are no rows of {p}.", nameof(pictures));
        int[][] nearest = Concepts.Nearest(pictures, Ranked);
        float[] words = new float[n * w];
        for (int start = 0; start < n; start += Options.Batch)
        {
            int count = Math.Min(Options.Batch, n - start);
            InvertBatch(pictures.Slice(start * p, count * p), given.IsEmpty ? [] : given.Slice(start * w, count * w),
                nearest.AsSpan(start, count), report, stop).CopyTo(words, start * w);
        }
        return words;
    }

    private float[] InvertBatch(ReadOnlySpan<float> pictures, ReadOnlySpan<float> given, ReadOnlySpan<int[]> nearest,
        Action<InversionStep>? report, CancellationToken stop)
    {
        int p = _clip.Config.P, w = _clip.Config.Text.Width, n = nearest.Length;
        Philox[] draws = new Philox[n];
        IReadOnlyList<string>[] usable = new IReadOnlyList<string>[n];
        float[] start = new float[n * w];
        for (int i = 0; i < n; i++)
        {
            Philox own = new Philox(Options.Seed, 0)
                .Fork(BinaryPrimitives.ReadUInt64LittleEndian(Hash(pictures.Slice(i * p, p)))), first = own.Fork(0);
            draws[i] = own.Fork(1);
            usable[i] = Phrases.Usable([.. nearest[i].Select(c => Concepts.Vocabulary.Names[c])], Options.Concepts);
            for (int j = 0; j < w; j++)
                start[(i * w) + j] = given.IsEmpty ? Options.Start * first.Normal((ulong)j) : given[(i * w) + j];
        }
        using Inversion inversion = new(_clip, Options, pictures, start);
        int ahead = Math.Max(1, ReferencesAtOnce / n);
        for (int step = 0; step < Options.Steps; step += ahead)
            foreach (Drawn drawn in Draw(draws, usable, step, Math.Min(ahead, Options.Steps - step)))
            {
                stop.ThrowIfCancellationRequested();
                (float cosine, float gpt) = inversion.Step(drawn.Templates, drawn.Phrases, drawn.References);
                report?.Invoke(Told(drawn, cosine, gpt));
            }
        return inversion.Average;
    }

    /// <summary>What some steps read; the features of all their phrases come from one pass through the tower.</summary>
    private Drawn[] Draw(Philox[] draws, IReadOnlyList<string>[] usable, int first, int steps)
    {
        int n = draws.Length, each = n * _clip.Config.P;
        Drawn[] drawn = new Drawn[steps];
        string[] references = new string[steps * n];
        for (int s = 0; s < steps; s++)
        {
            ulong at = 2 * (ulong)(first + s);
            drawn[s] = new(first + s, new int[n][], new int[n][], new float[each]);
            for (int i = 0; i < n; i++)
            {
                Philox own = draws[i];
                drawn[s].Templates[i] = _templates[own.Integer(at, _templates.Length)];
                Phrase phrase = Phrases.OfAll(usable[i], count => own.Integer(at + 1, count));
                (references[(s * n) + i], drawn[s].Phrases[i]) = (phrase.Text, _features.Ids(phrase.FirstReplaced));
            }
        }
        float[] features = _features.Of(references);
        for (int s = 0; s < steps; s++)
            features.AsSpan(s * each, each).CopyTo(drawn[s].References);
        return drawn;
    }

    private InversionStep Told(Drawn drawn, float cosine, float gpt)
    {
        int place = _clip.Tokenizer.Placeholder, rows = 0;
        HashSet<string> prefixes = [];
        foreach (int[] ids in drawn.Templates.Concat(drawn.Phrases))
        {
            int before = Math.Max(0, Array.IndexOf(ids, place));
            rows += ids.Length - before;
            prefixes.Add(string.Join(' ', ids.Take(before)));
        }
        return new(drawn.Templates.Length, drawn.Step + 1, Options.Steps, cosine, gpt, rows,
            prefixes.Sum(p => p.AsSpan().Count(' ') + 1), _features.Tokens);
    }

    private sealed record Drawn(int Step, int[][] Templates, int[][] Phrases, float[] References);

    private static byte[] Hash(ReadOnlySpan<float> picture) => SHA256.HashData(MemoryMarshal.AsBytes(picture));
}
