namespace Cirrus.Playground;

/// <summary>Kinds of change a composed query asks for, named as the papers do.</summary>
public enum Family { Attribute, Size, Domain, Composition, Scene, Replace, Two }

/// <summary>What is to be different; null is "as it was".</summary>
/// <param name="Beside">the kind of an object that is to stand beside the first.</param>
public sealed record Change(
    Kind? Kind = null, Colour? Colour = null, Fill? Fill = null, Size? Size = null, Backdrop? Backdrop = null,
    Style? Style = null, Kind? Beside = null)
{
    /// <summary>Domain conversion proper shares the kind alone, as ImageNet-R does.</summary>
    private bool StyleAlone => Style is not null && this == new Change(Style: Style);

    /// <summary>The object that is asked for.</summary>
    public Thing Of(Thing thing) => new(Kind ?? thing.Kind, Colour ?? thing.Colour, Fill ?? thing.Fill, Size ?? thing.Size);

    /// <summary>True when <paramref name="s"/> holds the shared concept (the reference's kind and colour, as far as the change
    /// leaves them) and the change. All else is free.</summary>
    public bool Concept(Scene reference, Scene s)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(s);
        Thing wanted = Of(reference.First);
        return s.Holds(wanted.Kind, StyleAlone ? null : wanted.Colour, Fill, Size)
            && (Backdrop ?? s.Backdrop) == s.Backdrop && (Style ?? s.Style) == s.Style && (Beside is not { } beside || s.Holds(beside));
    }

    /// <summary>True when <paramref name="s"/> is the reference's scene with the change applied and nothing else different.</summary>
    public bool Edit(Scene reference, Scene s)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(s);
        Thing wanted = Of(reference.First);
        bool things = Beside is { } beside
            ? (s.First == wanted && s.Second?.Kind == beside) || (s.Second == wanted && s.First.Kind == beside)
            : s.First == wanted && s.Second is null;
        return things && s.Copies == 1 && s.Backdrop == (Backdrop ?? reference.Backdrop) && s.Style == (Style ?? reference.Style);
    }

    /// <summary>The sentences that ask for the change: one each, "is green" or, as a contrast, "is green instead of red".</summary>
    internal string[] Texts(Scene reference, bool contrast, Dice dice)
    {
        List<string> texts = [];
        Thing was = reference.First;
        void Say(string? now, string before)
        {
            if (now is not null)
                texts.Add(!contrast ? $"is {now}" : dice.Chance(0.5f) ? $"is {now} instead of {before}" : $"is not {before} but {now}");
        }
        Say(Kind is { } k ? Wording.Article(Wording.Of(k)) : null, Wording.Article(Wording.Of(was.Kind)));
        Say(Colour is { } c ? Wording.Of(c) : null, Wording.Of(was.Colour));
        Say(Fill is { } f ? Wording.Of(f) : null, Wording.Of(was.Fill));
        Say(Size is { } z ? Wording.Of(z) : null, Wording.Of(was.Size));
        Say(Backdrop is { } b ? Wording.Of(b) : null, Wording.Of(reference.Backdrop));
        Say(Style is { } s ? Wording.Of(s) : null, Wording.Of(reference.Style));
        if (Beside is { } beside)
        {
            string has = $"has {Wording.Article(Wording.Of(beside))} beside it";
            texts.Add(!contrast ? has : dice.Chance(0.5f) ? $"{has} instead of being alone" : $"is not alone but {has}");
        }
        return [.. texts];
    }

    /// <summary>A change of the given family that really changes the reference.</summary>
    internal static Change Random(Family family, Scene reference, Dice dice)
    {
        Thing t = reference.First;
        Change colour = new(Colour: (Colour)dice.Other((int)t.Colour, World.Colours)), fill = new(Fill: (Fill)dice.Other((int)t.Fill, World.Fills));
        Backdrop backdrop = (Backdrop)dice.Other((int)reference.Backdrop, World.Backdrops);
        Style style = (Style)dice.Other((int)reference.Style, World.Styles);
        Kind kind = (Kind)dice.Other((int)t.Kind, World.Kinds);
        return family switch
        {
            Family.Attribute => dice.Pick(colour, fill),
            Family.Size => new(Size: (Size)(1 - (int)t.Size)),
            Family.Domain => new(Style: style),
            Family.Composition => new(Beside: kind),
            Family.Scene => new(Backdrop: backdrop),
            Family.Replace => new(Kind: kind),
            _ => dice.Below(5) switch
            {
                0 => colour with { Fill = fill.Fill },
                1 => colour with { Backdrop = backdrop },
                2 => colour with { Style = style },
                3 => fill with { Backdrop = backdrop },
                _ => new(Backdrop: backdrop, Style: style),
            },
        };
    }
}
