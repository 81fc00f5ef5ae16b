using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cirrus.Imaging;

/// <summary>Pillow's resizing to the bit (methods: 1.6): antialiased bicubic in 22-bit fixed point, nearest where Pillow takes it.</summary>
public static class Resample
{
    private const int Precision = 22;

    /// <summary>Resizes with Pillow's bicubic filter; palette and black-and-white pictures by nearest neighbour, as Pillow does.</summary>
    public static Picture Bicubic(Picture p, int width, int height)
    {
        if (p.Width == width && p.Height == height)
            return p;
        return p.Mode switch
        {
            PictureMode.Palette or PictureMode.Bilevel => Nearest(p, width, height),
            PictureMode.Rgba or PictureMode.LA => Unpremultiply(Passes(Premultiply(p), width, height)),
            PictureMode.Grey16 => Wide(p, width, height),
            _ => Passes(p, width, height),
        };
    }

    /// <summary>Source = truncation of a running sum that starts at half a step.</summary>
    public static Picture Nearest(Picture p, int width, int height)
    {
        int c = Picture.Channels(p.Mode);
        byte[] pixels = new byte[width * height * c];
        int[] columns = Sources(p.Width, width), rows = Sources(p.Height, height);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                p.Pixels.AsSpan(((rows[y] * p.Width) + columns[x]) * c, c).CopyTo(pixels.AsSpan(((y * width) + x) * c));
        return p with { Width = width, Height = height, Pixels = pixels };
    }

    private static int[] Sources(int from, int to)
    {
        double scale = (double)from / to, at = scale * 0.5;
        int[] sources = new int[to];
        for (int i = 0; i < to; i++, at += scale)
            sources[i] = Math.Min((int)at, from - 1);
        return sources;
    }

    private static Picture Passes(Picture p, int width, int height)
    {
        int c = Picture.Channels(p.Mode);
        byte[] pixels = p.Pixels;
        if (width != p.Width)
        {
            Taps taps = Taps.Of(p.Width, width);
            byte[] wide = new byte[width * p.Height * c];
            for (int y = 0; y < p.Height; y++)
                Horizontal(pixels.AsSpan(y * p.Width * c, p.Width * c), wide.AsSpan(y * width * c, width * c), taps, c);
            pixels = wide;
        }
        if (height != p.Height)
        {
            Taps taps = Taps.Of(p.Height, height);
            byte[] high = new byte[width * height * c];
            int[] sums = new int[width * c];
            for (int y = 0; y < height; y++)
                Vertical(pixels, high.AsSpan(y * width * c, width * c), taps, y, sums);
            pixels = high;
        }
        return new(width, height, p.Mode, pixels);
    }

    private static void Horizontal(ReadOnlySpan<byte> from, Span<byte> to, Taps taps, int c)
    {
        for (int x = 0; x < taps.Count; x++)
        {
            ReadOnlySpan<int> w = taps.Weights(x);
            int start = taps.First[x] * c;
            if (c >= 3 && start + (w.Length * c) + 8 <= from.Length)  // eight bytes are read at a time
            {
                Vector128<int> sums = Pixel(from[start..], w, c);
                for (int k = 0; k < c; k++)
                    to[(x * c) + k] = Clip(sums.GetElement(k));
                continue;
            }
            for (int k = 0; k < c; k++)
            {
                int sum = 1 << (Precision - 1);
                for (int i = 0, at = start + k; i < w.Length; i++, at += c)
                    sum += from[at] * w[i];
                to[(x * c) + k] = Clip(sum);
            }
        }
    }

    /// <summary>Two pixels at a time, their channels side by side; integers, so the order of adding is of no matter.</summary>
    private static Vector128<int> Pixel(ReadOnlySpan<byte> from, ReadOnlySpan<int> w, int c)
    {
        const ulong Three = 0xFFFFFF;
        Vector256<int> sums = Vector256<int>.Zero;
        for (int i = 0; i < w.Length; i += 2)
        {
            ulong pixels = MemoryMarshal.Read<ulong>(from[(i * c)..]);
            if (c == 3)
                pixels = (pixels & Three) | (((pixels >> 24) & Three) << 32);
            Vector128<ushort> wide = Vector128.WidenLower(Vector128.CreateScalar(pixels).AsByte());
            Vector128<int> second = Vector128.Create(i + 1 < w.Length ? w[i + 1] : 0);
            sums += Vector256.Create(Vector128.WidenLower(wide), Vector128.WidenUpper(wide))
                .AsInt32() * Vector256.Create(Vector128.Create(w[i]), second);
        }
        return sums.GetLower() + sums.GetUpper() + Vector128.Create(1 << (Precision - 1));
    }

    private static void Vertical(ReadOnlySpan<byte> from, Span<byte> to, Taps taps, int y, int[] sums)
    {
        int row = to.Length;
        ReadOnlySpan<int> w = taps.Weights(y);
        sums.AsSpan().Fill(1 << (Precision - 1));
        for (int i = 0; i < w.Length; i++)
        {
            ReadOnlySpan<byte> line = from.Slice((taps.First[y] + i) * row, row);
            int weight = w[i], x = 0;
            for (; x <= row - 16; x += 16)
            {
                (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.Create(line.Slice(x, 16)));
                Add(sums.AsSpan(x, 8), low, weight);
                Add(sums.AsSpan(x + 8, 8), high, weight);
            }
            for (; x < row; x++)
                sums[x] += line[x] * weight;
        }
        for (int x = 0; x < row; x++)
            to[x] = Clip(sums[x]);
    }

    private static void Add(Span<int> sums, Vector128<ushort> values, int weight) =>
        (Vector256.Create<int>(sums) + (Vector256.Create(Vector128.WidenLower(values), Vector128.WidenUpper(values))
            .AsInt32() * weight)).CopyTo(sums);

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> Precision, 0, 255);

    /// <summary>Mode I is resized in double precision and rounded half away from zero after each pass.</summary>
    private static Picture Wide(Picture p, int width, int height)
    {
        int[] values = new int[p.Width * p.Height];
        for (int i = 0; i < values.Length; i++)
            values[i] = p.Pixels[2 * i] | (p.Pixels[(2 * i) + 1] << 8);
        if (width != p.Width)
            values = WidePass(values, p.Height, p.Width, 1, p.Width, width, 1, width);
        if (height != p.Height)
            values = WidePass(values, width, 1, width, p.Height, height, width, 1);
        byte[] pixels = new byte[width * height * 2];
        for (int i = 0; i < values.Length; i++)
        {
            int v = Math.Clamp(values[i], 0, 65535);
            (pixels[2 * i], pixels[(2 * i) + 1]) = ((byte)v, (byte)(v >> 8));
        }
        return new(width, height, p.Mode, pixels);
    }

    private static int[] WidePass(int[] from, int lines, int lineStride, int stride, int length, int newLength, int newStride, int newLineStride)
    {
        (int[] first, double[][] weights) = Taps.Exact(length, newLength);
        int[] to = new int[lines * newLength];
        for (int line = 0; line < lines; line++)
            for (int x = 0; x < newLength; x++)
            {
                double sum = 0;
                for (int i = 0; i < weights[x].Length; i++)
                    sum += from[(line * lineStride) + ((first[x] + i) * stride)] * weights[x][i];
                to[(line * newLineStride) + (x * newStride)] = (int)(sum < 0 ? sum - 0.5 : sum + 0.5);
            }
        return to;
    }

    private static Picture Premultiply(Picture p)
    {
        int c = Picture.Channels(p.Mode);
        byte[] pixels = new byte[p.Pixels.Length];
        for (int i = 0; i < pixels.Length; i += c)
        {
            byte alpha = p.Pixels[i + c - 1];
            for (int k = 0; k < c - 1; k++)
                pixels[i + k] = (byte)Picture.MulDiv255(p.Pixels[i + k], alpha);
            pixels[i + c - 1] = alpha;
        }
        return p with { Pixels = pixels };
    }

    private static Picture Unpremultiply(Picture p)
    {
        int c = Picture.Channels(p.Mode);
        for (int i = 0; i < p.Pixels.Length; i += c)
            if (p.Pixels[i + c - 1] is var alpha and not 0 and not 255)
                for (int k = 0; k < c - 1; k++)
                    p.Pixels[i + k] = (byte)Math.Min(255, 255 * p.Pixels[i + k] / alpha);
        return p;
    }

    /// <summary>Which source pixels make one of the result, with what fixed-point weights.</summary>
    private sealed class Taps
    {
        private readonly int[][] _weights;

        private Taps(int[] first, int[][] weights) => (First, _weights) = (first, weights);

        public int[] First { get; }

        public int Count => First.Length;

        public ReadOnlySpan<int> Weights(int x) => _weights[x];

        public static Taps Of(int from, int to)
        {
            (int[] first, double[][] exact) = Exact(from, to);
            return new(first, [.. exact.Select(w => w.Select(v => (int)((v * (1 << Precision)) + (v < 0 ? -0.5 : 0.5))).ToArray())]);
        }

        public static (int[] First, double[][] Weights) Exact(int from, int to)
        {
            double scale = (double)from / to, filter = Math.Max(scale, 1), support = 2 * filter;
            int[] first = new int[to];
            double[][] weights = new double[to][];
            for (int x = 0; x < to; x++)
            {
                double centre = (x + 0.5) * scale;
                int low = Math.Max((int)(centre - support + 0.5), 0), high = Math.Min((int)(centre + support + 0.5), from);
                double[] w = new double[high - low];
                double sum = 0;
                for (int i = 0; i < w.Length; i++)
                    sum += w[i] = Cubic((low + i - centre + 0.5) / filter);
                for (int i = 0; i < w.Length; i++)
                    w[i] = sum != 0 ? w[i] * (1 / sum) : w[i];
                (first[x], weights[x]) = (low, w);
            }
            return (first, weights);
        }

        /// <summary>Keys' cubic with a = −0.5.</summary>
        private static double Cubic(double x)
        {
            const double a = -0.5;
            x = Math.Abs(x);
            return x < 1 ? ((((a + 2) * x) - (a + 3)) * x * x) + 1 : x < 2 ? (((((x - 5) * x) + 8) * x) - 4) * a : 0;
        }
    }
}
