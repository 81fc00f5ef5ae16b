using Cirrus.Tensors;

namespace Cirrus.Imaging;

/// <summary>Which published transform is followed; they differ in the order of RGB conversion and in how the crop is rounded.</summary>
public enum PreprocessingFamily { OpenAi, HuggingFace }

/// <summary>What is done to elongated pictures first.</summary>
public enum Padding
{
    None,

    /// <summary>To an aspect ratio of 1.25 with zeros (SEARLE, CLIP4Cir).</summary>
    Target,

    /// <summary>To a square with zeros (CLIP4Cir).</summary>
    Square,
}

/// <summary>How a picture becomes CLIP's pixels (methods: 1.6). Part of the embedding space.</summary>
public sealed record Preprocessing(PreprocessingFamily Family = PreprocessingFamily.OpenAi, int Size = 224, Padding Padding = Padding.None)
{
    /// <summary>Mean of red, green and blue, of values from 0 to 1.</summary>
    public static ReadOnlySpan<float> Mean => [0.48145466f, 0.4578275f, 0.40821073f];

    /// <summary>Standard deviation of red, green and blue.</summary>
    public static ReadOnlySpan<float> Deviation => [0.26862954f, 0.26130258f, 0.27577711f];

    /// <summary>"openai 224", "huggingface 336 target": as it stands in manifests.</summary>
    public override string ToString() =>
        $"{Family.ToString().ToLowerInvariant()} {Size}{(Padding == Padding.None ? "" : " " + Padding.ToString().ToLowerInvariant())}";

    /// <exception cref="CirrusException">The text is not one that <see cref="ToString"/> writes.</exception>
    public static Preprocessing Parse(string text)
    {
        string[] parts = text.Split(' ');
        if (parts.Length is 2 or 3 && Enum.TryParse(parts[0], ignoreCase: true, out PreprocessingFamily family)
            && int.TryParse(parts[1], out int size) && size is > 0 and < 4096
            && Enum.TryParse(parts.ElementAtOrDefault(2) ?? "none", ignoreCase: true, out Padding padding))
            return new(family, size, padding);
        throw new CirrusException($"'{text}' is not a preprocessing.", hint: "it reads like: openai 224, huggingface 336 target");
    }

    /// <summary>CLIP's pixels of a picture: [3, Size, Size], (x/255 − mean)/deviation a channel.</summary>
    /// <param name="random">null: as pictures are searched; else a window drawn from here (<see cref="RandomCrop"/>), to train on.</param>
    public void Apply(Picture picture, Span<float> pixels, Philox? random = null)
    {
        Picture crop = random is Philox drawn ? RandomCrop.Take(Prepare(picture), Size, drawn).ToRgb() : Crop(picture);
        int plane = Size * Size;
        for (int c = 0; c < 3; c++)
            for (int i = 0; i < plane; i++)
                pixels[(c * plane) + i] = ((crop.Pixels[(i * 3) + c] / 255f) - Mean[c]) / Deviation[c];
    }

    /// <summary>The crop before it becomes numbers: RGB bytes, Size × Size.</summary>
    public Picture Crop(Picture picture)
    {
        Picture p = Prepare(picture);
        (int w, int h) = p.Width <= p.Height
            ? (Size, (int)((long)Size * p.Height / p.Width))
            : ((int)((long)Size * p.Width / p.Height), Size);
        p = Resample.Bicubic(p, w, h);
        (int left, int top) = Family == PreprocessingFamily.HuggingFace ? ((w - Size) / 2, (h - Size) / 2)
            : ((int)Math.Round((w - Size) / 2.0, MidpointRounding.ToEven), (int)Math.Round((h - Size) / 2.0, MidpointRounding.ToEven));
        return Cut(p, left, top, Size, Size).ToRgb();
    }

    private Picture Prepare(Picture picture) => Pad(Family == PreprocessingFamily.HuggingFace ? picture.ToRgb() : picture);

    private Picture Pad(Picture p)
    {
        int longest = Math.Max(p.Width, p.Height), shortest = Math.Min(p.Width, p.Height);
        if (Padding == Padding.None || (Padding == Padding.Target && (double)longest / shortest < 1.25))
            return p;
        double side = Padding == Padding.Target ? longest / 1.25 : longest;
        int x = Math.Max((int)((side - p.Width) / 2), 0), y = Math.Max((int)((side - p.Height) / 2), 0);
        return Cut(p, -x, -y, p.Width + (2 * x), p.Height + (2 * y));
    }

    /// <summary>A window of the picture; what lies outside is zero, in a palette the colour that zero stands for.</summary>
    internal static Picture Cut(Picture p, int left, int top, int width, int height)
    {
        if (left == 0 && top == 0 && width == p.Width && height == p.Height)
            return p;
        int c = Picture.Channels(p.Mode), x0 = Math.Max(0, left), x1 = Math.Min(p.Width, left + width);
        byte[] pixels = new byte[width * height * c];
        for (int i = 0; p.Mode == PictureMode.Palette && p.Zero != default && i < pixels.Length; i += 3)
            (pixels[i], pixels[i + 1], pixels[i + 2]) = p.Zero;
        for (int y = Math.Max(0, -top); y < height && top + y < p.Height && x1 > x0; y++)
            p.Pixels.AsSpan((((top + y) * p.Width) + x0) * c, (x1 - x0) * c).CopyTo(pixels.AsSpan(((y * width) + x0 - left) * c));
        return p with { Width = width, Height = height, Pixels = pixels };
    }
}
