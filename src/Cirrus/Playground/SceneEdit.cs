using Cirrus.Methods.CompoDiff;

namespace Cirrus.Playground;

/// <summary>A scene in place of another, and what asks for it.</summary>
/// <param name="Back">what asks for the first scene again; null: nothing that could be understood.</param>
internal sealed record SceneChange(string Instruction, Scene Wanted, string? Back);

/// <summary>Puts one keyword of a scene in another's place, or adds or removes an object, and says so.</summary>
/// <remarks>
/// Words say which it is: an added object has wordings of its own, and of two objects the one that is meant is named. A removal has one wording,
/// without an article: to a text tower that knows few words, "without a fish" is nearly "with a fish" (docs/log.md).
/// </remarks>
internal static class SceneEdit
{
    /// <summary>None of them is said of a replacement, and none is the benchmark's.</summary>
    private static readonly string[] Additions =
    [
        "add {t}", "and {t}", "{t} as well", "{t}, too", "next to {t}", "beside {t}", "{t} next to it", "with {t} next to it", "put {t} next to it",
        "there is {t} next to it", "together with {t}", "not alone but with {t}", "let {t} be next to it",
    ];

    /// <summary>"with a fish" adds one.</summary>
    private static readonly string[] Replacements = [.. EditInstructions.Templates.Where(t => t != "with {t}")];

    private static readonly string[] NamingSource = [.. EditInstructions.Templates.Where(t => t.Contains("{s}", StringComparison.Ordinal))];

    /// <summary>A change whose scene is free of held-out pairs, as the given one is.</summary>
    /// <param name="words">chooses the wordings of the way back.</param>
    public static SceneChange Random(Scene scene, Dice dice, Dice words)
    {
        while (true)
            if (Edit(scene, dice, words) is var edit && Allowed(edit.Wanted))
                return edit;
    }

    private static SceneChange Edit(Scene scene, Dice dice, Dice words)
    {
        bool second = scene.Second is not null && dice.Chance(0.4f);
        Thing was = second ? scene.Second!.Value : scene.First;
        IReadOnlyList<string> ofThing = scene.Second is null ? EditInstructions.Templates : NamingSource;
        switch (dice.Below(scene.Copies > 1 ? 6 : 8))
        {
            case 0:
                Colour colour = (Colour)dice.Other((int)was.Colour, World.Colours);
                return Said(ofThing, Wording.Of(was.Colour), Wording.Of(colour), Now(was with { Colour = colour }));
            case 1:
                Fill fill = (Fill)dice.Other((int)was.Fill, World.Fills);
                return Said(ofThing, Wording.Any(was.Fill, dice), Wording.Any(fill, dice), Now(was with { Fill = fill }));
            case 2:
                Size size = (Size)(1 - (int)was.Size);
                return Said(ofThing, Wording.Any(was.Size, dice), Wording.Any(size, dice), Now(was with { Size = size }));
            case 3:
                Backdrop backdrop = (Backdrop)dice.Other((int)scene.Backdrop, World.Backdrops);
                return Said(EditInstructions.Templates, Wording.Tag(scene.Backdrop), Wording.Tag(backdrop), scene with { Backdrop = backdrop });
            case 4:
                Style style = (Style)dice.Other((int)scene.Style, World.Styles);
                return Said(EditInstructions.Templates, Wording.Tag(scene.Style), Wording.Tag(style), scene with { Style = style });
            case 5:
                Kind kind = (Kind)dice.Other((int)was.Kind, World.Kinds);
                return Said(scene.Second is null ? Replacements : NamingSource, Noun(was.Kind), Noun(kind), Now(was with { Kind = kind }));
            default:
                if (scene.Second is { } gone)
                    return new(Removed(gone), scene with { Second = null }, Added(gone, words));
                Thing other = World.AnotherThing(dice, scene.First, everyPair: false);
                return new(Added(other, dice), scene with { Second = other }, null);
        }

        Scene Now(Thing thing) => second ? scene with { Second = thing } : scene with { First = thing };

        SceneChange Said(IReadOnlyList<string> templates, string from, string to, Scene wanted) =>
            new(EditInstructions.Say(templates[dice.Below(templates.Count)], from, to), wanted,
                EditInstructions.Say(templates[words.Below(templates.Count)], to, from));
    }

    private static string Added(Thing thing, Dice dice)
    {
        string wording = dice.Pick(Additions);
        return EditInstructions.Say(wording, "",
            dice.Chance(0.5f) ? Noun(thing.Kind) : Wording.Article($"{Wording.Of(thing.Colour)} {Wording.Of(thing.Kind)}"));
    }

    private static string Removed(Thing thing) => $"no more {Wording.Of(thing.Kind)}";

    private static string Noun(Kind kind) => Wording.Article(Wording.Of(kind));

    /// <summary>No held-out pair, and not two objects of a kind.</summary>
    private static bool Allowed(Scene s) => !World.HeldOut(s.First.Kind, s.First.Colour)
        && (s.Second is not { } t || (t.Kind != s.First.Kind && !World.HeldOut(t.Kind, t.Colour)));
}
