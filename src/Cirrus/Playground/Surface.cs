using System.Numerics;

namespace Cirrus.Playground;

/// <summary>Colours of things and backgrounds, and the cheap noise that textures are made of. Colours are RGB in [0, 1].</summary>
internal static class Surface
{
    public static readonly Vector3 Paper = new(0.97f, 0.96f, 0.93f);

    private static readonly Vector3[] Colours =
    [
        new(0.87f, 0.09f, 0.12f), new(0.99f, 0.52f, 0.04f), new(0.99f, 0.88f, 0.10f), new(0.06f, 0.55f, 0.20f),
        new(0.09f, 0.26f, 0.88f), new(0.52f, 0.15f, 0.72f), new(0.99f, 0.52f, 0.75f), new(0.44f, 0.25f, 0.11f),
    ];

    /// <summary>A colour by its name, a little off as things are.</summary>
    public static Vector3 Of(Colour colour, Dice dice)
    {
        Vector3 c = Colours[(int)colour] * dice.Between(0.9f, 1.06f);
        Vector3 off = new(dice.Between(-0.04f, 0.04f), dice.Between(-0.04f, 0.04f), dice.Between(-0.04f, 0.04f));
        return Vector3.Clamp(c + off, Vector3.Zero, Vector3.One);
    }

    /// <summary>The background at (u, v) in [0, 1)².</summary>
    /// <param name="texture">0 flat, 1 as rich as it gets.</param>
    public static Vector3 Background(Backdrop backdrop, float u, float v, float texture, uint seed)
    {
        switch (backdrop)
        {
            case Backdrop.White:
                return new Vector3(0.97f, 0.97f, 0.96f) - new Vector3(0.05f * texture * v);
            case Backdrop.Sky:
                Vector3 sky = Vector3.Lerp(new(0.45f, 0.72f, 0.96f), new(0.78f, 0.90f, 0.99f), v);
                float cloud = Smooth((Noise(u * 3.5f, v * 6, seed) - 0.56f) / 0.16f);
                return Vector3.Lerp(sky, new(0.97f, 0.98f, 1), 0.9f * cloud);
            case Backdrop.Grass:
                float blade = Hash((int)(u * 36), (int)((v * 11) + (4 * Hash((int)(u * 36), 0, seed))), seed) - 0.5f;
                return new Vector3(0.56f, 0.76f, 0.33f) * (1 + ((0.12f + (0.28f * texture)) * blade));
            case Backdrop.Sand:
                float ripple = MathF.Sin(((v * 7) + (1.5f * Noise(u * 2.5f, v * 2.5f, seed))) * 2 * MathF.PI);
                float grain = Hash((int)(u * 64), (int)(v * 64), seed) - 0.5f;
                return new Vector3(0.91f, 0.80f, 0.58f) * (1 + (0.06f * ripple) + (0.16f * texture * grain));
            case Backdrop.Night:
                Vector3 night = new Vector3(0.05f, 0.07f, 0.20f) * (1 + (0.5f * texture * v));
                return Vector3.Lerp(night, new(1, 0.97f, 0.8f), Starlight(u, v, seed));
            default:
                float row = v * 8, shifted = (u * 4) + (((int)row & 1) * 0.5f);
                float joint = MathF.Min((row - MathF.Floor(row)) * 0.5f, shifted - MathF.Floor(shifted));
                Vector3 brick = new Vector3(0.68f, 0.36f, 0.30f) * (1 + ((0.1f + (0.25f * texture)) * (Hash((int)shifted, (int)row, seed) - 0.5f)));
                return joint < 0.075f ? new(0.82f, 0.79f, 0.74f) : brick;
        }
    }

    /// <summary>A number in [0, 1) for a cell: integer hashing, the same everywhere.</summary>
    public static float Hash(int x, int y, uint seed)
    {
        uint h = seed ^ ((uint)x * 0x9E3779B1) ^ ((uint)y * 0x85EBCA77);
        h = (h ^ (h >> 15)) * 0x2C1B3C6D;
        h = (h ^ (h >> 12)) * 0x297A2D39;
        return ((h ^ (h >> 15)) >> 8) * (1f / (1 << 24));
    }

    /// <summary>Smooth noise in [0, 1) with a period of about one unit.</summary>
    public static float Noise(float x, float y, uint seed)
    {
        int i = (int)MathF.Floor(x), j = (int)MathF.Floor(y);
        float s = Smooth(x - i), t = Smooth(y - j);
        float top = Mix(Hash(i, j, seed), Hash(i + 1, j, seed), s), bottom = Mix(Hash(i, j + 1, seed), Hash(i + 1, j + 1, seed), s);
        return Mix(top, bottom, t);
    }

    public static float Mix(float a, float b, float t) => a + ((b - a) * t);

    /// <summary>0 below 0, 1 above 1, smooth between.</summary>
    public static float Smooth(float x)
    {
        x = Math.Clamp(x, 0, 1);
        return x * x * (3 - (2 * x));
    }

    private static float Starlight(float u, float v, uint seed)
    {
        const int Cells = 9;
        int i = (int)(u * Cells), j = (int)(v * Cells);
        if (Hash(i, j, seed) < 0.6f)
            return 0;
        float x = (u * Cells) - i - 0.3f - (0.4f * Hash(i, j, seed + 1)), y = (v * Cells) - j - 0.3f - (0.4f * Hash(i, j, seed + 2));
        return Smooth(1.6f - (MathF.Sqrt((x * x) + (y * y)) * 9));
    }
}
