namespace Cirrus.Methods.CompoDiff;

/// <summary>Ways of asking for one thing in place of another: as many as SynthTriplets18M has, in our own wording.</summary>
internal static class EditInstructions
{
    /// <summary>With <c>{s}</c> for what is there, in most of them, and <c>{t}</c> for what is wanted.</summary>
    public static IReadOnlyList<string> Templates { get; } =
    [
        "put {t} where {s} is", "instead of {s}, show {t}", "{t} rather than {s}", "{s} becomes {t}",
        "make {s} into {t}", "make it {t}", "I want {t}", "with {t}", "let {s} be {t}", "trade {s} for {t}",
        "not {s} but {t}", "take {s} out and put {t} in", "{t} in place of {s}", "{t}, not {s}", "where {s} was, {t}",
        "the same with {t} for {s}", "{s} should be {t}", "it should be {t}", "give it {t}", "there is {t} now",
        "no more {s}, but {t}", "lose {s}, gain {t}", "turn it to {t}", "show me {t}", "{s} gives way to {t}",
        "{t} takes over from {s}", "{t} stands in for {s}", "switch to {t}", "switch from {s} to {t}",
        "go from {s} to {t}", "drop {s} and bring {t}", "bring {t}", "have {t} instead", "have {t} instead of {s}",
        "rework {s} as {t}", "what was {s} is {t}", "remake {s} to look like {t}", "shape {s} like {t}",
        "think of {t} for {s}", "{t} would be better", "{t} would be better than {s}", "prefer {t} to {s}",
        "as before, but {t}", "all as it is, but {t} for {s}", "see {t} there", "leave {s} away and see {t}",
        "once {s}, here {t}",
    ];

    public static string Say(string template, string source, string target) =>
        template.Replace("{s}", source, StringComparison.Ordinal).Replace("{t}", target, StringComparison.Ordinal);
}
