namespace Cirrus.Playground;

/// <summary>What the drawn world is made of, and how scenes are drawn at random from it.</summary>
public static class World
{
    public const int Kinds = 16, Colours = 8, Fills = 4, Sizes = 2, Backdrops = 6, Styles = 4;

    /// <summary>A tenth (13 of 128) of the pairs of kind and colour are in no training picture and no caption.</summary>
    /// <remarks>At most one colour a kind and two kinds a colour, so that every word is still learned.</remarks>
    public static bool HeldOut(Kind kind, Colour colour) => (int)kind % 5 != 4 && (int)colour == (((int)kind * 3) + 1) % Colours;

    /// <summary>The colour that is held out for a kind, or null.</summary>
    public static Colour? HeldOut(Kind kind) => (int)kind % 5 != 4 ? (Colour)((((int)kind * 3) + 1) % Colours) : null;

    /// <summary>A scene with one object (half of all), two, or two or three equal ones.</summary>
    /// <param name="everyPair">false: pairs of kind and colour that are held out do not occur.</param>
    internal static Scene Random(Dice dice, bool everyPair)
    {
        Backdrop backdrop = (Backdrop)dice.Below(Backdrops);
        Style style = (Style)dice.Below(Styles);
        Thing first = RandomThing(dice, everyPair);
        float share = dice.Share();
        if (share < 0.5f)
            return new(backdrop, style, first);
        if (share < 0.88f)
            return new(backdrop, style, first, AnotherThing(dice, first, everyPair));
        return share < 0.95f
            ? new(backdrop, style, first, Copies: 2)
            : new(backdrop, style, first with { Size = Size.Small }, Copies: 3);
    }

    internal static Thing RandomThing(Dice dice, bool everyPair)
    {
        while (true)
        {
            Thing t = new((Kind)dice.Below(Kinds), (Colour)dice.Below(Colours), (Fill)dice.Below(Fills), (Size)dice.Below(Sizes));
            if (everyPair || !HeldOut(t.Kind, t.Colour))
                return t;
        }
    }

    /// <summary>An object of another kind, so that "the fish" and "the star" of a scene can be told apart.</summary>
    internal static Thing AnotherThing(Dice dice, Thing first, bool everyPair)
    {
        while (true)
            if (RandomThing(dice, everyPair) is var t && t.Kind != first.Kind)
                return t;
    }
}
