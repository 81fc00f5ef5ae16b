using System.Numerics.Tensors;
using Cirrus.Tensors;

namespace Cirrus.Methods.CompoDiff;

/// <summary>A caption, what is asked for, and the caption of the answer.</summary>
public sealed record CaptionTriplet(string Caption, string Instruction, string Answer);

/// <summary>Makes triplets of captions by putting one keyword for another that is neither too like nor too unlike it.</summary>
/// <remarks>Source: the keyword-based part of SynthTriplets18M (Gu et al., TMLR 2024): terms whose CLIP text features have a cosine from 0.5 to 0.7. Thread-safe.</remarks>
public sealed class KeywordTriplets
{
    private const int MostWords = 3;
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

    /// <summary>A triplet of a caption; null when it names no term that another could replace.</summary>
    /// <param name="random">chooses term, replacement and wording.</param>
    public CaptionTriplet? Of(string caption, Philox random)
    {
        string[] words = caption.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        List<(int At, int Count, int Term)> named = Named(words);
        if (named.Count == 0)
            return null;
        (int at, int count, int term) = named[random.Integer(0, named.Count)];
        int[] others = [.. Enumerable.Range(0, _terms.Count).Where(i => i != term && TensorPrimitives.Dot<float>(_features[i], _features[term]) is float cosine
            && cosine >= _likeness.Least && cosine <= _likeness.Most)];
        if (others.Length == 0)
            return null;
        string target = _terms[others[random.Integer(1, others.Length)]];
        string last = words[at + count - 1], end = last[last.TrimEnd(Marks).Length..];
        string answer = string.Join(' ', [.. words[..at], target + end, .. words[(at + count)..]]);
        return new(caption, EditInstructions.Say(random.Integer(2, EditInstructions.Templates.Count), _terms[term], target), answer);
    }

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
}
