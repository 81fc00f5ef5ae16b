using Cirrus.Tensors;

namespace Cirrus.Methods;

/// <summary>Sentences around a picture and a change: <c>$</c> is the picture's place, <c>{caption}</c> that of the words.</summary>
public static class PromptTemplates
{
    /// <summary>The papers' prompt (LinCIR, SEARLE).</summary>
    public const string Papers = "a photo of $ that {caption}";

    /// <summary>The shortest that reads as a sentence.</summary>
    public const string Short = "$ that {caption}";

    internal const string Slot = "{caption}", Alone = "a photo of $";

    /// <summary>What <see cref="Parse"/> reads, for help.</summary>
    public const string Names = "papers, short, ensemble (63 prompts), or a prompt of your own with $ and {caption}";

    private static readonly string[] Leads =
        ["$", "a photo of $", "a picture of $", "an image of $", "this is $", "the same $", "another $"];

    private static readonly string[] Joints =
        [" that ", " which ", ", ", " and ", " but ", " where it ", " which now ", " except that it ", " in a version that "];

    /// <summary>As many prompts as LinCIR's code lists and never uses; ours are seven beginnings by nine ways to go on.</summary>
    public static IReadOnlyList<string> Ensemble { get; } =
        [.. Leads.SelectMany(_ => Joints, (lead, joint) => PicturePlace.SetOff(lead + joint + Slot))];

    /// <summary>Templates by name, or one of the user's own.</summary>
    /// <exception cref="CirrusException">It is neither.</exception>
    public static IReadOnlyList<string> Parse(string text) => text switch
    {
        "papers" => [Papers],
        "short" => [Short],
        "ensemble" => Ensemble,
        _ => [Check(text)],
    };

    /// <exception cref="CirrusException">A part is missing.</exception>
    internal static string Check(string template) =>
        PicturePlace.IsIn(template) && template.Contains(Slot, StringComparison.Ordinal) ? template
            : throw new CirrusException($"'{template}' is not a prompt template.",
                hint: $"it needs a $ that stands alone and {Slot}, as in: {Papers}");

    /// <summary>The sentence of a text; one with a <c>$</c> of its own is the prompt as it stands.</summary>
    internal static string Say(string template, string text) => PicturePlace.IsIn(text)
        ? PicturePlace.SetOff(text)
        : template.Replace(Slot, text, StringComparison.Ordinal);

    /// <summary>A template's sentence for the picture alone: up to its place.</summary>
    internal static string WithoutCaption(string template)
    {
        string before = template[..template.IndexOf(Slot, StringComparison.Ordinal)];
        int place = before.LastIndexOf('$');
        return place >= 0 && PicturePlace.IsIn(before[..(place + 1)]) ? before[..(place + 1)] : Alone;
    }
}
