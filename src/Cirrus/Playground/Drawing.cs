using System.Numerics;
using Cirrus.Tensors;

namespace Cirrus.Playground;

/// <summary>Draws scenes. A scene, a seed and a side give the same bytes everywhere; two seeds never the same picture.</summary>
/// <remarks>
/// Distances are in sides of the picture. An object's radius is at least a sixth of the side, a large one is half larger than
/// a small one; edges are softened over one pixel from the signed distance, except in pixel art, which is drawn small and hard.
/// </remarks>
public static class Drawing
{
    /// <summary>What the small CLIP sees.</summary>
    public const int ClipSide = 64;

    private const int Cells = 32;
    private const float SmallRadius = 0.2f, LargeRadius = 0.3f, InCompany = 0.87f;
    private static readonly Vector3 Ink = new(0.10f, 0.08f, 0.12f), Pencil = new(0.30f, 0.29f, 0.31f);

    /// <summary>An object in its place.</summary>
    private readonly record struct Placed(Thing Thing, Vector2 Centre, float Radius, Vector2 Turn, bool Mirror, Vector3 Colour,
        Vector2 Grain, float Phase)
    {
        /// <summary>A point of the picture in the object's own frame, whose radius is 1.</summary>
        public Vector2 Local(Vector2 at)
        {
            Vector2 d = (at - Centre) / Radius;
            Vector2 p = new((d.X * Turn.X) + (d.Y * Turn.Y), (d.Y * Turn.X) - (d.X * Turn.Y));
            return Mirror ? new(-p.X, p.Y) : p;
        }

        /// <summary>Signed distance in the object's frame; an outlined thing is the band along its edge.</summary>
        public float Distance(Vector2 p)
        {
            float d = Outline.Distance(Thing.Kind, p);
            return Thing.Fill == Fill.Outlined ? MathF.Max(d, -d - 0.19f) : d;
        }

        /// <summary>How much of the object's colour there is at a point inside, 1 = all; the rest is nearly white.</summary>
        public float Ink(Vector2 p, float distance, float pixel)
        {
            if (Thing.Fill is Fill.Solid or Fill.Outlined)
                return 1;
            float soft = 0.75f * pixel / Radius, paint;
            if (Thing.Fill == Fill.Striped)
            {
                float x = (Vector2.Dot(p, Grain) / 0.5f) + Phase;
                paint = 0.5f + ((MathF.Abs(x - MathF.Floor(x) - 0.5f) - 0.25f) * 0.5f / soft);
            }
            else
            {
                Vector2 q = new Vector2(Vector2.Dot(p, Grain), (p.Y * Grain.X) - (p.X * Grain.Y)) / 0.46f;
                q += new Vector2(Phase, 0.5f * MathF.Floor(q.X + Phase));
                q -= new Vector2(MathF.Floor(q.X) + 0.5f, MathF.Floor(q.Y) + 0.5f);
                paint = 0.5f + (((q.Length() * 0.46f) - 0.145f) / soft);
            }
            float rim = 0.5f + ((distance + 0.1f) / soft);
            return Math.Clamp(MathF.Max(paint, rim), 0, 1);
        }
    }

    /// <summary>Draws a scene as [side, side, 3] bytes of RGB, row by row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The side is below 16 or above 4096.</exception>
    public static byte[] Draw(Scene scene, Philox seed, int side = ClipSide) => Draw(scene, seed, side, restless: 1);

    /// <param name="restless">how far things stray from their places, from upright and from one side to the other: 0 not at all, 1 as always.</param>
    internal static byte[] Draw(Scene scene, Philox seed, int side, float restless)
    {
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 16);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(side, 4096);
        Dice dice = new(seed);
        uint noise = (uint)dice.Below(int.MaxValue);
        float light = dice.Between(0.93f, 1.05f);
        Placed[] things = Place(scene, dice, restless);
        int n = scene.Style == Style.PixelArt ? Cells : side;
        Vector3[] canvas = new Vector3[n * n];
        Background(canvas, n, scene, noise);
        foreach (Placed t in things)
            if (scene.Style == Style.Realistic)
                Shadow(canvas, n, t);
        foreach (Placed t in things)
            Object(canvas, n, scene.Style, t, noise);
        return Bytes(canvas, n, side, scene.Style, light, noise);
    }

    /// <summary>A rectangle around one of the objects that the same scene and seed draw → [side, side] of 0 and 1.</summary>
    /// <param name="second">the object beside the first, not the first.</param>
    /// <param name="margin">in radii, beyond the object.</param>
    internal static float[] Mask(Scene scene, Philox seed, bool second, float margin, int side = ClipSide)
    {
        Dice dice = new(seed);
        dice.Below(int.MaxValue);
        dice.Between(0.93f, 1.05f);
        Placed thing = Place(scene, dice, restless: 1)[second ? 1 : 0];
        (int x0, int x1, int y0, int y1) = Bounds(side, thing.Centre, thing.Radius * (1 + margin));
        float[] mask = new float[side * side];
        for (int j = y0; j < y1; j++)
            mask.AsSpan((j * side) + x0, x1 - x0).Fill(1);
        return mask;
    }

    private static Placed[] Place(Scene scene, Dice dice, float restless)
    {
        int count = scene.Second is null ? scene.Copies : 2;
        Placed[] things = new Placed[count];
        bool swap = dice.Chance(0.5f * restless);
        float slope = (dice.Chance(0.5f * restless) ? -1 : 1) * dice.Between(0.11f, 0.15f);
        for (int i = 0; i < count; i++)
        {
            Thing thing = i == 1 && scene.Second is { } second ? second : scene.First;
            float radius = (thing.Size == Size.Large ? LargeRadius : SmallRadius) * (count > 1 ? InCompany : 1) * dice.Between(0.98f, 1.03f);
            bool left = (i == 0) != swap;
            (Vector2 centre, float jitter) = count switch
            {
                1 => (new Vector2(0.5f, 0.5f), 0.06f),
                2 => (left ? new Vector2(0.27f, 0.5f + slope) : new Vector2(0.73f, 0.5f - slope), 0.02f),
                _ => (i == 2 ? new Vector2(0.5f, 0.75f) : new Vector2(left ? 0.25f : 0.75f, 0.28f), 0.04f),
            };
            jitter *= restless;
            centre += new Vector2(dice.Between(-jitter, jitter), dice.Between(-jitter, jitter));
            (float sin, float cos) = MathF.SinCos(dice.Between(-10, 10) * restless * MathF.PI / 180);
            (float y, float x) = MathF.SinCos(dice.Between(0, MathF.PI));
            things[i] = new(thing, centre, radius, new(cos, sin), dice.Chance(0.5f * restless), Surface.Of(thing.Colour, dice),
                new(x, y), dice.Share());
        }
        return things;
    }

    private static void Background(Vector3[] canvas, int n, Scene scene, uint noise)
    {
        float texture = scene.Style switch { Style.Cartoon => 0, Style.Sketch => 0.4f, _ => 1 };
        float pale = scene.Backdrop == Backdrop.Night ? 0.5f : 0.35f;
        for (int j = 0; j < n; j++)
            for (int i = 0; i < n; i++)
            {
                float u = (i + 0.5f) / n, v = (j + 0.5f) / n;
                Vector3 c = Surface.Background(scene.Backdrop, u, v, texture, noise);
                if (scene.Style == Style.Sketch)
                    c = Vector3.Lerp(Surface.Paper, c, pale + ((scene.Backdrop == Backdrop.Night ? 0.25f : 0.45f) * Hatch(u, v, -1, noise)));
                canvas[(j * n) + i] = c;
            }
    }

    private static void Shadow(Vector3[] canvas, int n, Placed t)
    {
        Vector2 fall = new(0.035f, 0.05f);
        (int x0, int x1, int y0, int y1) = Bounds(n, t.Centre + fall, t.Radius * 1.3f);
        for (int j = y0; j < y1; j++)
            for (int i = x0; i < x1; i++)
            {
                float d = t.Distance(t.Local(new Vector2((i + 0.5f) / n, (j + 0.5f) / n) - fall)) * t.Radius;
                canvas[(j * n) + i] *= 1 - (0.45f * Surface.Smooth((0.035f - d) / 0.07f));
            }
    }

    private static void Object(Vector3[] canvas, int n, Style style, Placed t, uint noise)
    {
        float pixel = 1f / n;
        Vector3 pale = Vector3.Lerp(t.Colour, style == Style.Sketch ? Surface.Paper : new(0.98f), 0.9f);
        (int x0, int x1, int y0, int y1) = Bounds(n, t.Centre, t.Radius * 1.15f);
        for (int j = y0; j < y1; j++)
            for (int i = x0; i < x1; i++)
            {
                Vector2 at = new((i + 0.5f) * pixel, (j + 0.5f) * pixel), p = t.Local(at);
                float distance = t.Distance(p), d = distance * t.Radius;
                if (d > 0.03f)
                    continue;
                float cover = style == Style.PixelArt ? (d < 0 ? 1 : 0) : Math.Clamp(0.5f - (d / pixel), 0, 1);
                Vector3 c = Vector3.Lerp(pale, t.Colour, t.Ink(p, distance, style == Style.PixelArt ? 0.2f * pixel : pixel));
                ref Vector3 under = ref canvas[(j * n) + i];
                switch (style)
                {
                    case Style.Realistic:
                        c *= (0.98f - (0.22f * Vector2.Dot(p, new(0.45f, 0.7f)))) * (0.8f + (0.2f * Surface.Smooth(-distance / 0.2f)));
                        c += new Vector3(0.35f * MathF.Exp(-7 * (p - new Vector2(-0.3f, -0.35f)).LengthSquared()));
                        under = Vector3.Lerp(under, c, cover);
                        break;
                    case Style.Cartoon:
                        under = Vector3.Lerp(under, c, cover);
                        under = Vector3.Lerp(under, Ink, Math.Clamp(0.5f + ((0.011f - MathF.Abs(d - 0.006f)) / pixel), 0, 1));
                        break;
                    case Style.Sketch:
                        under = Vector3.Lerp(under, Vector3.Lerp(Surface.Paper, c, 0.6f + (0.4f * Hatch(at.X, at.Y, 1, noise))), cover);
                        float wobble = 0.012f * (Surface.Noise(at.X * 14, at.Y * 14, noise) - 0.5f);
                        under = Vector3.Lerp(under, Pencil, 0.75f * Math.Clamp(0.5f + ((0.006f - MathF.Abs(d + wobble)) / pixel), 0, 1));
                        break;
                    default:
                        bool shade = Vector2.Dot(p, new(0.45f, 0.7f)) > 0.35f;
                        under = Vector3.Lerp(under, c * (shade ? 0.78f : 1), cover);
                        break;
                }
            }
    }

    /// <summary>Pencil strokes along a diagonal: 1 on a stroke, 0 between.</summary>
    private static float Hatch(float u, float v, float slope, uint noise)
    {
        float x = ((u + (slope * v)) * 15) + (0.5f * Surface.Noise(u * 5, v * 5, noise));
        return Surface.Smooth((MathF.Abs(x - MathF.Floor(x) - 0.5f) - 0.2f) * 6);
    }

    private static (int X0, int X1, int Y0, int Y1) Bounds(int n, Vector2 centre, float reach) => (
        Math.Clamp((int)((centre.X - reach) * n), 0, n), Math.Clamp((int)((centre.X + reach) * n) + 1, 0, n),
        Math.Clamp((int)((centre.Y - reach) * n), 0, n), Math.Clamp((int)((centre.Y + reach) * n) + 1, 0, n));

    private static byte[] Bytes(Vector3[] canvas, int n, int side, Style style, float light, uint noise)
    {
        byte[] rgb = new byte[3 * side * side];
        int at = 0;
        for (int j = 0; j < side; j++)
            for (int i = 0; i < side; i++)
            {
                int x = n == side ? i : i * n / side, y = n == side ? j : j * n / side;
                Vector3 c = canvas[(y * n) + x] * light;
                if (style == Style.PixelArt)
                    c = Posterise(c, x, y);
                else if (style == Style.Realistic)
                    c += new Vector3(0.09f * (Surface.Hash(i, j, noise + 7) + Surface.Hash(i, j, noise + 8) - 1));
                c = Vector3.Clamp((c * 255) + new Vector3(0.5f), Vector3.Zero, new(255));
                rgb[at++] = (byte)c.X;
                rgb[at++] = (byte)c.Y;
                rgb[at++] = (byte)c.Z;
            }
        return rgb;
    }

    /// <summary>Six levels a channel, with a checkered dither between them.</summary>
    private static Vector3 Posterise(Vector3 c, int x, int y)
    {
        Vector3 v = (c * 6) + new Vector3(((x + y) & 1) == 0 ? 0.25f : 0.75f);
        return new Vector3(MathF.Floor(v.X), MathF.Floor(v.Y), MathF.Floor(v.Z)) / 6;
    }
}
