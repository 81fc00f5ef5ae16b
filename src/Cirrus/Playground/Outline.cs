using System.Numerics;

namespace Cirrus.Playground;

/// <summary>
/// Signed distances of the sixteen kinds: negative inside. Every kind fits the circle of radius 1.2 and the square of
/// half side 1; y points down.
/// </summary>
/// <remarks>Exact for polygons, circles and boxes; unions and differences of them are exact outside and bounds inside.</remarks>
internal static class Outline
{
    private static readonly Vector2[] TrianglePoints = [new(0, -1), new(0.95f, 0.72f), new(-0.95f, 0.72f)];
    private static readonly Vector2[] DiamondPoints = [new(0, -1), new(0.68f, 0), new(0, 1), new(-0.68f, 0)];
    private static readonly Vector2[] ArrowPoints =
        [new(-0.98f, -0.25f), new(0.05f, -0.25f), new(0.05f, -0.78f), new(1, 0), new(0.05f, 0.78f), new(0.05f, 0.25f), new(-0.98f, 0.25f)];
    private static readonly Vector2[] HousePoints =
        [new(0, -1), new(0.98f, -0.1f), new(0.7f, -0.1f), new(0.7f, 0.85f), new(-0.7f, 0.85f), new(-0.7f, -0.1f), new(-0.98f, -0.1f)];
    private static readonly Vector2[] TreePoints =
    [
        new(0, -1), new(0.5f, -0.4f), new(0.28f, -0.4f), new(0.68f, 0.1f), new(0.42f, 0.1f), new(0.86f, 0.62f), new(0.17f, 0.62f), new(0.17f, 0.98f),
        new(-0.17f, 0.98f), new(-0.17f, 0.62f), new(-0.86f, 0.62f), new(-0.42f, 0.1f), new(-0.68f, 0.1f), new(-0.28f, -0.4f), new(-0.5f, -0.4f),
    ];
    private static readonly Vector2[] StarPoints = Star(5, 1, 0.42f);
    private static readonly Vector2[] HeartPoints = Heart(36);
    private static readonly Vector2[] DropPoints = [new(0, -1), new(0.52f, 0.03f), new(-0.52f, 0.03f)];
    private static readonly Vector2[] TailPoints = [new(0.35f, 0), new(0.98f, -0.58f), new(0.82f, 0), new(0.98f, 0.58f)];

    public static float Distance(Kind kind, Vector2 p) => kind switch
    {
        Kind.Circle => Circle(p, 0.96f),
        Kind.Square => Box(p, new(0.8f, 0.8f)),
        Kind.Triangle => Polygon(p, TrianglePoints),
        Kind.Star => Polygon(p, StarPoints),
        Kind.Heart => Polygon(p, HeartPoints),
        Kind.Moon => MathF.Max(Circle(p, 0.98f), -Circle(p - new Vector2(0.5f, -0.12f), 0.76f)),
        Kind.Cross => MathF.Min(Box(p, new(0.95f, 0.3f)), Box(p, new(0.3f, 0.95f))),
        Kind.Ring => MathF.Abs(p.Length() - 0.68f) - 0.28f,
        Kind.Diamond => Polygon(p, DiamondPoints),
        Kind.Arrow => Polygon(p, ArrowPoints),
        Kind.Drop => MathF.Min(Circle(p - new Vector2(0, 0.36f), 0.61f), Polygon(p, DropPoints)),
        Kind.House => MathF.Max(Polygon(p, HousePoints), -Box(p - new Vector2(0.02f, 0.55f), new(0.19f, 0.32f))),
        Kind.Tree => Polygon(p, TreePoints),
        Kind.Fish => MathF.Max(MathF.Min(Ellipse(p + new Vector2(0.25f, 0), new(0.73f, 0.5f)), Polygon(p, TailPoints)),
            -Circle(p + new Vector2(0.6f, 0.12f), 0.1f)),
        Kind.Flower => MathF.Max(MathF.Min(Petals(p), Circle(p, 0.5f)), -Circle(p, 0.2f)),
        _ => MathF.Min(Cap(p), Box(p - new Vector2(0, 0.46f), new(0.24f, 0.48f))),
    };

    private static float Circle(Vector2 p, float radius) => p.Length() - radius;

    private static float Box(Vector2 p, Vector2 half)
    {
        Vector2 d = Vector2.Abs(p) - half;
        return Vector2.Max(d, Vector2.Zero).Length() + MathF.Min(MathF.Max(d.X, d.Y), 0);
    }

    /// <summary>First-order distance f / |∇f| of the quadratic form: good near the edge, where it is looked at.</summary>
    private static float Ellipse(Vector2 p, Vector2 axes)
    {
        float k = (p / axes).Length(), gradient = (p / (axes * axes)).Length();
        return gradient < 1e-6f ? -MathF.Min(axes.X, axes.Y) : k * (k - 1) / gradient;
    }

    /// <summary>Six round petals; by symmetry only the nearest is measured.</summary>
    private static float Petals(Vector2 p)
    {
        float angle = MathF.Atan2(p.Y, p.X), step = MathF.PI / 3;
        angle -= step * MathF.Round(angle / step);
        float length = p.Length();
        return Circle(new Vector2(length * MathF.Cos(angle), length * MathF.Sin(angle)) - new Vector2(0.67f, 0), 0.31f);
    }

    /// <summary>The upper part of a flat ellipse.</summary>
    private static float Cap(Vector2 p) => MathF.Max(Ellipse(p - new Vector2(0, 0.05f), new(0.98f, 0.98f)), p.Y - 0.08f);

    private static float Polygon(Vector2 p, Vector2[] v)
    {
        float nearest = float.MaxValue;
        bool inside = false;
        Vector2 b = v[^1];
        foreach (Vector2 a in v)
        {
            Vector2 e = b - a, w = p - a;
            Vector2 q = w - (e * Math.Clamp(Vector2.Dot(w, e) / Vector2.Dot(e, e), 0, 1));
            nearest = MathF.Min(nearest, q.LengthSquared());
            if (a.Y > p.Y != b.Y > p.Y && w.X < e.X * w.Y / e.Y)
                inside = !inside;
            b = a;
        }
        return inside ? -MathF.Sqrt(nearest) : MathF.Sqrt(nearest);
    }

    private static Vector2[] Star(int points, float outer, float inner)
    {
        Vector2[] v = new Vector2[2 * points];
        for (int i = 0; i < v.Length; i++)
        {
            (float sin, float cos) = MathF.SinCos(MathF.PI * i / points);
            v[i] = new Vector2(sin, -cos) * (i % 2 == 0 ? outer : inner);
        }
        return v;
    }

    private static Vector2[] Heart(int points)
    {
        Vector2[] v = new Vector2[points];
        for (int i = 0; i < points; i++)
        {
            float t = 2 * MathF.PI * i / points, sin = MathF.Sin(t);
            float y = (13 * MathF.Cos(t)) - (5 * MathF.Cos(2 * t)) - (2 * MathF.Cos(3 * t)) - MathF.Cos(4 * t);
            v[i] = new(16 * sin * sin * sin / 16.5f, -(y + 2.5f) / 15.5f);
        }
        return v;
    }
}
