namespace Cirrus.Playground;

public enum Kind { Circle, Square, Triangle, Star, Heart, Moon, Cross, Ring, Diamond, Arrow, Drop, House, Tree, Fish, Flower, Mushroom }

public enum Colour { Red, Orange, Yellow, Green, Blue, Purple, Pink, Brown }

public enum Fill { Solid, Outlined, Striped, Dotted }

public enum Size { Small, Large }

public enum Backdrop { White, Sky, Grass, Sand, Night, Brick }

/// <summary>How a scene is drawn: the domains of domain conversion.</summary>
public enum Style { Realistic, Cartoon, Sketch, PixelArt }

/// <summary>One object of a scene.</summary>
public readonly record struct Thing(Kind Kind, Colour Colour, Fill Fill, Size Size);

/// <summary>All of a picture that words can tell and answers depend on; position, exact hue and noise are not part of it.</summary>
/// <param name="Second">another object beside the first, or null.</param>
/// <param name="Copies">1, or 2 or 3 equal objects (then there is no second one).</param>
public sealed record Scene(Backdrop Backdrop, Style Style, Thing First, Thing? Second = null, int Copies = 1)
{
    /// <summary>True when some object is as asked.</summary>
    public bool Holds(Kind? kind = null, Colour? colour = null, Fill? fill = null, Size? size = null) =>
        Fits(First, kind, colour, fill, size) || (Second is { } second && Fits(second, kind, colour, fill, size));

    private static bool Fits(Thing t, Kind? kind, Colour? colour, Fill? fill, Size? size) =>
        (kind ?? t.Kind) == t.Kind && (colour ?? t.Colour) == t.Colour && (fill ?? t.Fill) == t.Fill && (size ?? t.Size) == t.Size;
}
