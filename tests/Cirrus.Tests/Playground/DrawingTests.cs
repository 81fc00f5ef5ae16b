using Cirrus.Playground;

namespace Cirrus.Tests.Playground;

public sealed class DrawingTests
{
    private static readonly Thing Fish = new(Kind.Fish, Colour.Red, Fill.Solid, Size.Large);
    private static readonly Scene Plain = new(Backdrop.Sand, Style.Cartoon, Fish);

    public static TheoryData<Style> Styles => [.. Enum.GetValues<Style>()];

    [Theory, MemberData(nameof(Styles))]
    public void The_same_seed_gives_the_same_bytes_and_another_seed_another_picture(Style style)
    {
        Scene scene = Plain with { Style = style };
        Assert.Equal(Drawing.Draw(scene, new(7, 0)), Drawing.Draw(scene, new(7, 0)));
        Assert.NotEqual(Drawing.Draw(scene, new(7, 0)), Drawing.Draw(scene, new(8, 0)));
    }

    /// <summary>Whatever the surroundings, another value of an attribute shows: with all nuisance the same, enough pixels differ clearly.</summary>
    /// <remarks>
    /// A small thing covers 400 of 4096 pixels or more; of those at least 20 must differ (stripes and dots of a small
    /// star least) by a tenth of the range.
    /// </remarks>
    [Fact]
    public void Every_attribute_is_visible_in_every_scene()
    {
        Dice dice = new(new(3, 0));
        for (int i = 0; i < 200; i++)
        {
            Scene s = World.Random(dice, everyPair: true) with { Second = null, Copies = 1 };
            Thing t = s.First;
            Visible(s, s with { First = t with { Kind = (Kind)dice.Other((int)t.Kind, World.Kinds) } });
            Visible(s, s with { First = t with { Colour = (Colour)dice.Other((int)t.Colour, World.Colours) } });
            Visible(s, s with { First = t with { Fill = (Fill)dice.Other((int)t.Fill, World.Fills) } });
            Visible(s, s with { First = t with { Size = (Size)(1 - (int)t.Size) } });
            Visible(s, s with { Backdrop = (Backdrop)dice.Other((int)s.Backdrop, World.Backdrops) });
            Visible(s, s with { Style = (Style)dice.Other((int)s.Style, World.Styles) });
            Visible(s, s with { Second = World.AnotherThing(dice, t, everyPair: true) });
        }
    }

    [Fact]
    public void A_thing_stands_out_from_its_background()
    {
        Dice dice = new(new(4, 0));
        for (int i = 0; i < 200; i++)
        {
            Scene s = World.Random(dice, everyPair: true) with { Second = null, Copies = 1 };
            byte[] with = Drawing.Draw(s, new(5, (ulong)i)), other = Drawing.Draw(s with { First = s.First with { Kind = (Kind)(15 - (int)s.First.Kind) } }, new(5, (ulong)i));
            Assert.True(Differing(with, other) >= 20, $"{s} {i}");
        }
    }

    [Theory, InlineData(16), InlineData(64), InlineData(100), InlineData(256)]
    public void Any_side_can_be_drawn(int side) => Assert.Equal(3 * side * side, Drawing.Draw(Plain with { Style = Style.PixelArt }, new(1, 0), side).Length);

    [Theory, InlineData(15), InlineData(4097)]
    public void A_side_too_small_or_large_is_refused(int side) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Drawing.Draw(Plain, new(1, 0), side));

    [Fact]
    public void Every_kind_fits_its_circle_and_is_wide_enough()
    {
        foreach (Kind kind in Enum.GetValues<Kind>())
        {
            float reach = 0;
            for (int j = -60; j <= 60; j++)
                for (int i = -60; i <= 60; i++)
                    if (new System.Numerics.Vector2(i / 50f, j / 50f) is var p && Outline.Distance(kind, p) < 0)
                        reach = Math.Max(reach, p.Length());
            Assert.InRange(reach, 0.85f, 1.2f);
        }
    }

    private static void Visible(Scene a, Scene b) =>
        Assert.True(Differing(Drawing.Draw(a, new(9, 0)), Drawing.Draw(b, new(9, 0))) >= 20, $"{a} and {b} look the same");

    /// <summary>Pixels of which some channel differs by more than 25 of 255.</summary>
    private static int Differing(byte[] a, byte[] b)
    {
        int n = 0;
        for (int i = 0; i < a.Length; i += 3)
            if (Math.Abs(a[i] - b[i]) > 25 || Math.Abs(a[i + 1] - b[i + 1]) > 25 || Math.Abs(a[i + 2] - b[i + 2]) > 25)
                n++;
        return n;
    }
}
