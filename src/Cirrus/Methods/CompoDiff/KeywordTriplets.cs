using System.Numerics.Tensors;
using Cirrus.Tensors;

namespace Cirrus.Methods.CompoDiff;

/// <summary>A caption, what is asked for, the caption of the answer, and what asks for the caption again.</summary>
public sealed record CaptionTriplet(string Caption, string Instruction, string Answer, string Back);

/// <summary>Makes triplets of captions by putting one keyword for another that is neither too like nor too unlike it.</summary>
/// <remarks>
/// Source: the keyword-based part of SynthTriplets18M (Gu et al., TMLR 2024): terms whose CLIP text features have a
/// cosine from 0.5 to 0.7. Thread-safe.
/// </remarks>
public sealed class KeywordTriplets
{
    /// <summary>Words of a term.</summary>
    internal const int MostWords = 3;

    private static readonly char[] Marks = ['.', ',', ';', ':', '!', '?', ')', '"'];
    private readonly IReadOnlyList<string> _terms;
    private readonly float[][] _features;
    private readonly Dictionary<string, int> _places;
    private readonly (float Least, float Most) _likeness;

    /// <param name="terms">keywords of one to three words: nouns of a corpus.</param>
    /// <param name="features">of the terms, unit vectors in their order.</param>
    /// <param name="likeness">the cosines between which another term may take a term's place.</param>
    public KeywordTriplets(IReadOnlyList<string> terms, IReadOnlyList<float[]> features, (float Least, float Most)? likeness = null)
    {
        if (terms.Count != features.Count)
            throw new ArgumentException($"{terms.Count} terms have {features.Count} features.", nameof(features));
        (_terms, _features, _likeness) = (terms, [.. features], likeness ?? (0.5f, 0.7f));
        _places = new(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < terms.Count; i++)
            _places.TryAdd(terms[i], i);
    }

    /// <summary>A triplet of each caption; null for one that names no term that another could replace.</summary>
    /// <param name="random">chooses term, replacement and wordings; a caption's depend on its place.</param>
    /// <remarks>Every term is compared with all others, twice, on all cores; nothing is kept but how many are like it.</remarks>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public CaptionTriplet?[] Of(IReadOnlyList<string> captions, Philox random, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(captions);
        ParallelOptions parallel = new() { CancellationToken = stop };
        int[] alike = new int[_terms.Count];
        Parallel.For(0, alike.Length, parallel, term => alike[term] = Alike(term).Count());
        Chosen?[] chosen = new Chosen?[captions.Count];
        Parallel.For(0, chosen.Length, parallel, i => chosen[i] = Choose(captions[i], i, alike, random.Fork((ulong)i)));
        CaptionTriplet?[] made = new CaptionTriplet?[captions.Count];
        Parallel.ForEach(chosen.OfType<Chosen>().GroupBy(c => c.Term), parallel, ofTerm =>
        {
            int[] others = [.. Alike(ofTerm.Key)];
            foreach (Chosen c in ofTerm)
                made[c.Caption] = Make(captions[c.Caption], c, _terms[others[c.Other]], random.Fork((ulong)c.Caption));
        });
        return made;
    }

    private Chosen? Choose(string caption, int place, int[] alike, Philox random)
    {
        List<(int At, int Count, int Term)> named = Named(Words(caption));
        named.RemoveAll(n => alike[n.Term] == 0);
        if (named.Count == 0)
            return null;
        (int at, int count, int term) = named[random.Integer(0, named.Count)];
        return new(place, at, count, term, random.Integer(1, alike[term]));
    }

    private CaptionTriplet Make(string caption, Chosen chosen, string target, Philox random)
    {
        string[] words = Words(caption);
        int behind = chosen.At + chosen.Count;
        string last = words[behind - 1], end = last[last.TrimEnd(Marks).Length..], source = _terms[chosen.Term];
        string answer = string.Join(' ', [.. words[..chosen.At], target + end, .. words[behind..]]);
        return new(caption, EditInstructions.Say(Template(2), source, target), answer,
            EditInstructions.Say(Template(3), target, source));

        string Template(ulong place) => EditInstructions.Templates[random.Integer(place, EditInstructions.Templates.Count)];
    }

    /// <summary>Terms that may take a term's place, in their order.</summary>
    private IEnumerable<int> Alike(int term)
    {
        for (int i = 0; i < _features.Length; i++)
            if (i != term && TensorPrimitives.Dot<float>(_features[i], _features[term]) is float cosine
                && cosine >= _likeness.Least && cosine <= _likeness.Most)
                yield return i;
    }

    private static string[] Words(string caption) => caption.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Terms in a caption, the longest at each place.</summary>
    private List<(int At, int Count, int Term)> Named(string[] words)
    {
        List<(int, int, int)> named = [];
        for (int at = 0; at < words.Length; at++)
            for (int count = Math.Min(MostWords, words.Length - at); count > 0; count--)
                if (_places.TryGetValue(string.Join(' ', words[at..(at + count)]).TrimEnd(Marks), out int term))
                {
                    named.Add((at, count, term));
                    at += count - 1;
                    break;
                }
        return named;
    }

    /// <summary>A term of a caption, and which of those like it takes its place.</summary>
    /// <param name="At">the first of its words.</param>
    /// <param name="Count">its words.</param>
    private sealed record Chosen(int Caption, int At, int Count, int Term, int Other);
}
