using System.CommandLine;
using Cirrus.Methods;

namespace Cirrus.Cli;

/// <summary>--prompts, --anchored and --gap-shift: how the methods that write the picture into a sentence write it.</summary>
internal static class SentenceSwitches
{
    private static readonly Option<string?> Prompts = new("--prompts")
    {
        Description = $"for methods that write the picture into a sentence: {PromptTemplates.Names}",
    };
    private static readonly Option<bool> Anchored = new("--anchored")
    {
        Description = "for these methods: add what the words change in the sentence to the picture itself",
    };
    private static readonly Option<bool> GapShift = new("--gap-shift")
    {
        Description = "for methods that learned from captions alone: move pictures to where texts lie before they become words",
    };

    public static IReadOnlyList<Option> All { get; } = [Prompts, Anchored, GapShift];

    /// <summary>null when nothing was asked for.</summary>
    /// <exception cref="Tensors.CirrusException">The prompt lacks a part.</exception>
    public static SentenceOptions? Read(ParseResult args)
    {
        SentenceOptions asked = new(args.GetValue(Prompts) is string prompts ? PromptTemplates.Parse(prompts) : null,
            args.GetValue(Anchored), args.GetValue(GapShift));
        return asked == new SentenceOptions() ? null : asked;
    }

    /// <summary>What sets a row of a table apart: "anchored, gap-shift".</summary>
    public static string Name(ParseResult args) => string.Join(", ", new[]
    {
        args.GetValue(Prompts) is string prompts ? prompts : null, args.GetValue(Anchored)
        ? "anchored" : null, args.GetValue(GapShift) ? "gap-shift" : null,
    }.OfType<string>());
}
