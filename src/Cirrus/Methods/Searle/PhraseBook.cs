using System.Collections.Concurrent;
using System.Security.Cryptography;
using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.Searle;

/// <summary>A phrase that was written about a concept, and its forms with the pseudo-word.</summary>
public readonly record struct Phrase(string Concept, string Text)
{
    private const string Place = " $ ";

    /// <summary>The first occurrence of the concept replaced: textual inversion.</summary>
    public string FirstReplaced => Text.IndexOf(Concept, StringComparison.Ordinal) is int at and >= 0
        ? string.Concat(Text.AsSpan(0, at), Place, Text.AsSpan(at + Concept.Length))
        : throw new ArgumentException($"'{Text}' does not contain '{Concept}'.");

    /// <summary>Every occurrence replaced: training of φ, where still only the first <c>$</c> gets the pseudo-word.</summary>
    public string AllReplaced => Text.Replace(Concept, Place, StringComparison.Ordinal);
}

/// <summary>Phrases by concept. A concept of whose phrases any does not contain it is left out, as published (methods: 4.3). Thread-safe.</summary>
public sealed class PhraseBook
{
    private readonly Func<string, IReadOnlyList<string>> _of;
    private readonly ConcurrentDictionary<string, IReadOnlyList<string>> _usable = new(StringComparer.Ordinal);

    private PhraseBook(string source, string fingerprint, bool isMade, Func<string, IReadOnlyList<string>> of) =>
        (Source, Fingerprint, IsMade, _of) = (source, fingerprint, isMade, of);

    /// <summary>Where they come from, for people.</summary>
    public string Source { get; }

    public string Fingerprint { get; }

    /// <summary>True when no file was given and a grammar makes them.</summary>
    public bool IsMade { get; }

    /// <summary>The phrases of a file, or of our own grammar where none is given.</summary>
    public static PhraseBook Open(string? path, BpeTokenizer tokenizer)
    {
        if (string.IsNullOrEmpty(path))
            return new("made by a grammar of our own", "grammar 1", isMade: true, new PhraseMaker(tokenizer).Of);
        IReadOnlyDictionary<string, IReadOnlyList<string>> given = PhraseFile.Read(path);
        using FileStream file = File.OpenRead(path);
        return new(Path.GetFileName(path), Convert.ToHexStringLower(SHA256.HashData(file))[..16], isMade: false, Lookup(given));
    }

    public static PhraseBook From(IReadOnlyDictionary<string, IReadOnlyList<string>> phrases, string source) => new(source, source, isMade: false, Lookup(phrases));

    /// <summary>The phrases of a concept; none when it is unknown or left out.</summary>
    public IReadOnlyList<string> Of(string concept) => _usable.GetOrAdd(concept, c =>
        _of(c) is { Count: > 0 } all && all.All(phrase => phrase.Contains(c, StringComparison.Ordinal)) ? all : []);

    /// <summary>One phrase, uniform over all phrases of the first <paramref name="most"/> concepts; those left out use up their place.</summary>
    /// <param name="concepts">nearest first; where not one of the first is usable, the first usable one behind them counts.</param>
    /// <param name="draw">n → one of 0 to n − 1.</param>
    /// <exception cref="CirrusException">No concept has phrases.</exception>
    public Phrase Choose(IReadOnlyList<string> concepts, int most, Func<int, int> draw)
    {
        string[] names = [.. concepts.Select(c => c.Trim()).Distinct(StringComparer.Ordinal)];
        List<string> first = [.. names.Take(most).Where(c => Of(c).Count > 0)];
        if (first.Count == 0)
            first.Add(names.FirstOrDefault(c => Of(c).Count > 0) ?? throw Nothing(names));
        int place = draw(first.Sum(c => Of(c).Count));
        foreach (string concept in first)
        {
            if (place < Of(concept).Count)
                return new(concept, Of(concept)[place]);
            place -= Of(concept).Count;
        }
        throw new ArgumentException("The draw is beyond the phrases.", nameof(draw));
    }

    /// <summary>A concept drawn uniformly of the first <paramref name="most"/> that are usable, then one of its phrases.</summary>
    /// <remarks>The released code draws the whole batch again while any concept in it is left out; given that none is, each is uniform among its usable ones.</remarks>
    public Phrase ChooseEvenly(IReadOnlyList<string> concepts, int most, Func<int, int> draw)
    {
        int usable = 0;
        for (int i = 0; i < Math.Min(most, concepts.Count); i++)
            usable += Of(concepts[i]).Count > 0 ? 1 : 0;
        if (usable == 0)
            throw Nothing(concepts);
        int chosen = draw(usable);
        foreach (string concept in concepts)
            if (Of(concept) is { Count: > 0 } phrases && chosen-- == 0)
                return new(concept, phrases[draw(phrases.Count)]);
        throw new ArgumentException("The draw is beyond the concepts.", nameof(draw));
    }

    private static CirrusException Nothing(IReadOnlyList<string> names) =>
        new($"None of the concepts nearest to a picture has phrases: {string.Join(", ", names.Take(5))}, ...",
            hint: "give phrases for more concepts, or a vocabulary of those that have phrases: --set concepts=FILE");

    private static Func<string, IReadOnlyList<string>> Lookup(IReadOnlyDictionary<string, IReadOnlyList<string>> given) => c => given.GetValueOrDefault(c) ?? [];
}
