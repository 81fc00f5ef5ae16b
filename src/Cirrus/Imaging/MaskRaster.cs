namespace Cirrus.Imaging;

/// <summary>Which pixels an object of COCO covers: rows of <c>true</c>, [height, width], from outlines or run lengths.</summary>
public static class MaskRaster
{
    /// <summary>Outlines are walked on a grid this much finer.</summary>
    private const int Finer = 5;

    /// <summary>Any polygon's inside, by the rule of COCO's own masks (cocodataset.org), so that areas agree to the pixel.</summary>
    /// <param name="polygons">x1, y1, x2, y2, ... in pixels each; the last point is joined to the first.</param>
    /// <remarks>
    /// A column of pixels is entered or left where the outline crosses its middle, as seen on the finer grid. Every such crossing turns inside and
    /// outside about from its pixel on, in the order of columns from the top; the pixels between two crossings are the object's.
    /// </remarks>
    public static bool[] Polygons(IReadOnlyList<double[]> polygons, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(polygons);
        bool[] mask = new bool[width * height], turns = new bool[(width * height) + 1];
        foreach (double[] polygon in polygons)
        {
            Array.Clear(turns);
            Turns(polygon, turns, width, height);
            bool inside = false;
            for (int i = 0; i < mask.Length; i++)
            {
                inside ^= turns[i];
                mask[((i % height) * width) + (i / height)] |= inside;
            }
        }
        return mask;
    }

    /// <summary>Runs of pixels down the columns from the left, by turns outside and inside, the first outside.</summary>
    /// <exception cref="ArgumentException">They do not add up to the picture.</exception>
    public static bool[] Runs(IReadOnlyList<int> runs, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (runs.Any(r => r < 0) || runs.Sum(r => (long)r) != (long)width * height)
            throw new ArgumentException($"The runs cover {runs.Sum(r => (long)r)} pixels of {width} × {height}.");
        bool[] mask = new bool[width * height];
        bool inside = false;
        int at = 0;
        foreach (int run in runs)
        {
            for (int end = at + run; at < end; at++)
                mask[((at % height) * width) + (at / height)] = inside;
            inside = !inside;
        }
        return mask;
    }

    /// <summary>The picture with all that is not in the mask white. Other modes than grey and RGB become RGB.</summary>
    /// <exception cref="ArgumentException">The mask is of another size.</exception>
    public static Picture WhiteOutside(Picture picture, bool[] mask)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(mask);
        if (mask.Length != picture.Width * picture.Height)
            throw new ArgumentException($"A mask of {mask.Length} pixels for a picture of {picture.Width} × {picture.Height}.");
        Picture p = picture.Mode == PictureMode.L ? picture : picture.ToRgb();
        int c = Picture.Channels(p.Mode);
        byte[] pixels = [.. p.Pixels];
        for (int i = 0; i < mask.Length; i++)
            if (!mask[i])
                pixels.AsSpan(i * c, c).Fill(byte.MaxValue);
        return p with { Pixels = pixels };
    }

    /// <summary>Walks an outline in steps of one along the longer side of each edge, and marks where a column's middle is crossed.</summary>
    private static void Turns(double[] polygon, bool[] turns, int width, int height)
    {
        int n = polygon.Length / 2;
        (int X, int Y) before = default;
        bool started = false;
        for (int e = 0; e < n; e++)
        {
            (int x0, int y0) = Point(polygon, e);
            (int x1, int y1) = Point(polygon, (e + 1) % n);
            int dx = Math.Abs(x1 - x0), dy = Math.Abs(y1 - y0), steps = Math.Max(dx, dy);
            bool flat = dx >= dy, backwards = flat ? x0 > x1 : y0 > y1;
            (int X, int Y) from = backwards ? (x1, y1) : (x0, y0), to = backwards ? (x0, y0) : (x1, y1);
            double slope = steps == 0 ? 0 : (flat ? to.Y - from.Y : to.X - from.X) / (double)steps;
            for (int s = 0; s <= steps; s++)
            {
                int along = backwards ? steps - s : s;
                (int X, int Y) here = flat
                    ? (from.X + along, (int)(from.Y + (slope * along) + 0.5))
                    : ((int)(from.X + (slope * along) + 0.5), from.Y + along);
                if (started && here.X != before.X)
                    Cross(before, here, turns, width, height);
                (before, started) = (here, true);
            }
        }
    }

    private static void Cross((int X, int Y) from, (int X, int Y) to, bool[] turns, int width, int height)
    {
        double column = (((to.X < from.X ? to.X : to.X - 1) + 0.5) / Finer) - 0.5;
        if (column < 0 || column > width - 1 || Math.Floor(column) != column)
            return;
        int row = (int)Math.Ceiling(Math.Clamp(((Math.Min(from.Y, to.Y) + 0.5) / Finer) - 0.5, 0, height));
        turns[((int)column * height) + row] ^= true;
    }

    private static (int X, int Y) Point(double[] polygon, int i) =>
        ((int)((Finer * polygon[2 * i]) + 0.5), (int)((Finer * polygon[(2 * i) + 1]) + 0.5));
}
