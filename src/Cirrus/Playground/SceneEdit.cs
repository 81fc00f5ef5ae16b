using Cirrus.Methods.CompoDiff;

namespace Cirrus.Playground;

/// <summary>Puts one keyword of a scene in another's place, or adds or removes an object, and says so.</summary>
/// <remarks>A removal has one wording, without an article: to a text tower that knows few words, "without a fish" is nearly "with a fish" (docs/log.md).</remarks>
internal static class SceneEdit
{
    private static readonly string[] WithoutSource = [.. EditInstructions.Templates.Where(t => !t.Contains("{s}", StringComparison.Ordinal))];

    /// <summary>An instruction, and the scene as it then is; both free of held-out pairs.</summary>
    public static (string Instruction, Scene Wanted) Random(Scene scene, Dice dice)
    {
        while (true)
            if (Edit(scene, dice) is var edit && Allowed(edit.Wanted))
                return edit;
    }

    private static (string Instruction, Scene Wanted) Edit(Scene scene, Dice dice)
    {
        bool second = scene.Second is not null && dice.Chance(0.4f);
        Thing was = second ? scene.Second!.Value : scene.First;
        switch (dice.Below(scene.Copies > 1 ? 6 : 8))
        {
            case 0:
                Colour colour = (Colour)dice.Other((int)was.Colour, World.Colours);
                return (Say(Wording.Of(was.Colour), Wording.Of(colour)), Now(was with { Colour = colour }));
            case 1:
                Fill fill = (Fill)dice.Other((int)was.Fill, World.Fills);
                return (Say(Wording.Any(was.Fill, dice), Wording.Any(fill, dice)), Now(was with { Fill = fill }));
            case 2:
                Size size = (Size)(1 - (int)was.Size);
                return (Say(Wording.Any(was.Size, dice), Wording.Any(size, dice)), Now(was with { Size = size }));
            case 3:
                Backdrop backdrop = (Backdrop)dice.Other((int)scene.Backdrop, World.Backdrops);
                return (Say(Wording.Tag(scene.Backdrop), Wording.Tag(backdrop)), scene with { Backdrop = backdrop });
            case 4:
                Style style = (Style)dice.Other((int)scene.Style, World.Styles);
                return (Say(Wording.Tag(scene.Style), Wording.Tag(style)), scene with { Style = style });
            case 5:
                Kind kind = (Kind)dice.Other((int)was.Kind, World.Kinds);
                return (Say(Noun(was.Kind), Noun(kind)), Now(was with { Kind = kind }));
            default:
                if (scene.Second is { } gone)
                    return ($"no more {Wording.Of(gone.Kind)}", scene with { Second = null });
                Thing other = World.AnotherThing(dice, scene.First, everyPair: false);
                return (dice.Pick(WithoutSource).Replace("{t}", dice.Chance(0.5f) ? Noun(other.Kind) : Wording.Article($"{Wording.Of(other.Colour)} {Wording.Of(other.Kind)}"), StringComparison.Ordinal),
                    scene with { Second = other });
        }

        Scene Now(Thing thing) => second ? scene with { Second = thing } : scene with { First = thing };

        string Say(string from, string to) => EditInstructions.Say(dice.Below(EditInstructions.Templates.Count), from, to);

        string Noun(Kind kind) => Wording.Article(Wording.Of(kind));
    }

    /// <summary>No held-out pair, and not two objects of a kind.</summary>
    private static bool Allowed(Scene s) => !World.HeldOut(s.First.Kind, s.First.Colour)
        && (s.Second is not { } t || (t.Kind != s.First.Kind && !World.HeldOut(t.Kind, t.Colour)));
}
