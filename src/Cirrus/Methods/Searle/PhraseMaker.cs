using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.Searle;

/// <summary>Makes phrases by a small grammar where no language model's are given: "a photo of cat that is red and next to a house".</summary>
/// <remarks>
/// The phrases stand for a language model's continuations of "a photo of CONCEPT that" (methods: 4.3): what they say is drawn at
/// random, so they keep the pseudo-word readable beside qualities, things and places, and know nothing of what goes with what.
/// A phrase depends on (concept, number) alone.
/// </remarks>
public sealed class PhraseMaker(BpeTokenizer tokenizer)
{
    /// <summary>Phrases a concept.</summary>
    public const int Count = 128;

    private readonly IReadOnlyList<string> _things = EverydayWords.ThingsOf(tokenizer), _qualities = EverydayWords.QualitiesOf(tokenizer),
        _scenes = EverydayWords.ScenesOf(tokenizer), _looks = EverydayWords.LooksOf(tokenizer);

    /// <summary><see cref="Count"/> phrases, the same whenever it is asked; every one holds the concept.</summary>
    public IReadOnlyList<string> Of(string concept)
    {
        Philox random = new(0x5EA41E, 0);
        foreach (char c in concept)
            random = random.Fork(c);
        return [.. Enumerable.Range(0, Count).Select(i => Make(concept, new(random.Fork((ulong)i))))];
    }

    private string Make(string concept, Draws draws) => draws.Below(8) switch
    {
        0 => $"a photo of {concept} {Any(_scenes, draws)}",
        1 => $"a photo of {concept} with {Thing(draws)}",
        2 => $"a photo of {concept} that {Clause(draws)} and {Clause(draws)}",
        _ => $"a photo of {concept} that {Clause(draws)}",
    };

    private string Clause(Draws draws) => draws.Below(8) switch
    {
        0 or 1 => $"is {Any(_qualities, draws)}",
        2 => $"is {Any(_qualities, draws)} instead of {Any(_qualities, draws)}",
        3 => $"is {Any(_scenes, draws)}",
        4 => $"has {Thing(draws)} beside it",
        5 => $"is next to {Thing(draws)}",
        6 => $"is {Any(_looks, draws)}",
        _ => $"is {EverydayWords.WithArticle(Any(_things, draws))}",
    };

    private string Thing(Draws draws) =>
        EverydayWords.WithArticle(draws.Below(2) == 0 ? Any(_things, draws) : $"{Any(_qualities, draws)} {Any(_things, draws)}");

    private static string Any(IReadOnlyList<string> texts, Draws draws) => texts[draws.Below(texts.Count)];

    /// <summary>One number after the other.</summary>
    private sealed class Draws(Philox random)
    {
        private ulong _next;

        public int Below(int n) => random.Integer(_next++, n);
    }
}
