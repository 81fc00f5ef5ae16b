using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
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

    /// <summary>Another one for other phrases.</summary>
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

    /// <summary>Phrases by concept that are there already.</summary>
    /// <param name="source">where they come from, for people.</param>
    public static PhraseBook From(IReadOnlyDictionary<string, IReadOnlyList<string>> phrases, string source)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string concept, IReadOnlyList<string> all) in phrases.OrderBy(p => p.Key, StringComparer.Ordinal))
            hash.AppendData(Encoding.UTF8.GetBytes($"{concept}\n\t{string.Join("\n\t", all)}\n"));
        return new(source, Convert.ToHexStringLower(hash.GetHashAndReset())[..16], isMade: false, Lookup(phrases));
    }

    /// <summary>The phrases of a concept; none when it is unknown or left out.</summary>
    public IReadOnlyList<string> Of(string concept) => _usable.GetOrAdd(concept, c =>
        _of(c) is { Count: > 0 } all && all.All(phrase => phrase.Contains(c, StringComparison.Ordinal)) ? all : []);

    /// <summary>
    /// The concepts whose phrases an inversion draws from: of the first <paramref name="most"/> distinct ones those not
    /// left out, which still use up their place.
    /// </summary>
    /// <param name="concepts">nearest first; where not one of the first is usable, the first usable one behind them counts.</param>
    /// <exception cref="CirrusException">No concept has phrases.</exception>
    public IReadOnlyList<string> Usable(IReadOnlyList<string> concepts, int most)
    {
        string[] names = [.. concepts.Select(c => c.Trim()).Distinct(StringComparer.Ordinal)];
        string[] first = [.. names.Take(most).Where(IsUsable)];
        return first.Length > 0 ? first : [names.FirstOrDefault(IsUsable) ?? throw Nothing(names)];
    }

    /// <summary>One phrase, uniform over all phrases of some usable concepts.</summary>
    /// <param name="draw">n → one of 0 to n − 1.</param>
    public Phrase OfAll(IReadOnlyList<string> usable, Func<int, int> draw)
    {
        int place = draw(usable.Sum(c => Of(c).Count));
        foreach (string concept in usable)
        {
            if (place < Of(concept).Count)
                return new(concept, Of(concept)[place]);
            place -= Of(concept).Count;
        }
        throw new ArgumentException("The draw is beyond the phrases.", nameof(draw));
    }

    /// <summary>One of some usable concepts, each as likely, then one of its phrases.</summary>
    /// <remarks>
    /// The released code draws the whole batch again while any concept in it is left out; given that none is, each is
    /// uniform among its usable ones.
    /// </remarks>
    public Phrase OfOne(IReadOnlyList<string> usable, Func<int, int> draw)
    {
        string concept = usable[draw(usable.Count)];
        return new(concept, Of(concept)[draw(Of(concept).Count)]);
    }

    private bool IsUsable(string concept) => Of(concept).Count > 0;

    private static CirrusException Nothing(IReadOnlyList<string> names) =>
        new($"None of the concepts nearest to a picture has phrases: {string.Join(", ", names.Take(5))}, ...",
            hint: "give phrases for more concepts, or a vocabulary of those that have phrases: --set concepts=FILE");

    private static Func<string, IReadOnlyList<string>> Lookup(IReadOnlyDictionary<string, IReadOnlyList<string>> given) => c =>
        given.GetValueOrDefault(c) ?? [];
}
