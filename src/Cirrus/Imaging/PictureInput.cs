using Cirrus.Tensors;

namespace Cirrus.Imaging;

/// <summary>From a file to what the image tower reads: decoding, orientation and preprocessing as one choice. Thread-safe.</summary>
public sealed class PictureInput(Preprocessing preprocessing, Orientation orientation, double maxMegapixels = 100)
{
    /// <summary>A file larger than this is not a picture a person keeps, and would not fit a buffer.</summary>
    private const long MostBytes = 512L << 20;

    /// <summary>Values of a picture: 3 · S · S.</summary>
    public int Length => 3 * preprocessing.Size * preprocessing.Size;

    /// <summary>Reads and preprocesses a file → [3, S, S].</summary>
    /// <param name="random">null: as pictures are searched; else a window drawn from here, to train on.</param>
    /// <exception cref="CirrusException">It cannot be read or is no picture.</exception>
    public float[] Read(string file, Philox? random = null) => Read(ReadBytes(new(file)), file, random).Pixels;

    /// <summary>Side of a square that a picture, and a mask over it, are squeezed to first; 0: they keep their shape.</summary>
    internal int Square { get; init; }

    /// <summary>What two readers have in common exactly when they make the same pixels of a picture.</summary>
    internal string Identity => $"{preprocessing} {orientation} {Square}";

    /// <summary>Preprocesses a file's bytes → [3, S, S], with the picture's size in pixels as it is seen.</summary>
    /// <exception cref="CirrusException">It is no picture.</exception>
    public (float[] Pixels, int Width, int Height) Read(byte[] bytes, string name, Philox? random = null) => Read(bytes, name, null, random);

    /// <summary>The same for a part of the picture.</summary>
    /// <exception cref="CirrusException">It is no picture, or the part lies outside of it.</exception>
    public (float[] Pixels, int Width, int Height) Read(byte[] bytes, string name, PictureCrop? crop, Philox? random = null)
    {
        Picture picture = Decode(bytes, name, crop);
        float[] pixels = new float[Length];
        preprocessing.Apply(Squeezed(picture), pixels, random);
        return (pixels, picture.Width, picture.Height);
    }

    /// <summary>
    /// A picture without its masked part, which is the mean colour → [3, S, S], and the mask as the picture is seen →
    /// [S·S], 0 or 1.
    /// </summary>
    /// <exception cref="CirrusException">One of them cannot be read, or the mask lies outside of the picture.</exception>
    public (float[] Pixels, float[] Mask) ReadMasked(string file, PictureMask mask) => ReadMasked(ReadBytes(new(file)), file, null, mask);

    /// <summary>The same of a file's bytes; the mask lies over the part that the crop leaves.</summary>
    /// <exception cref="CirrusException">One of them cannot be read, or the mask or the part lies outside of the picture.</exception>
    public (float[] Pixels, float[] Mask) ReadMasked(byte[] bytes, string name, PictureCrop? crop, PictureMask mask)
    {
        Picture picture = Decode(bytes, name, crop);
        float[] pixels = new float[Length], over = Seen(mask.Over(picture.Width, picture.Height, Decode));
        preprocessing.Apply(Squeezed(picture), pixels);
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] *= 1 - over[i % over.Length];
        return (pixels, over);
    }

    /// <summary>A mask alone as its picture is seen → [S·S], 0 or 1.</summary>
    /// <param name="size">of the picture in pixels; (0, 0) with a mask's file: as large as that.</param>
    /// <exception cref="CirrusException">It cannot be read, or lies outside of the picture.</exception>
    public float[] ReadMask(PictureMask mask, (int Width, int Height) size = default) =>
        Seen(size == default && mask.Laid(Decode) is Picture picture ? picture.ToRgb() : mask.Over(size.Width, size.Height, Decode));

    private float[] Seen(Picture mask)
    {
        Picture covered = preprocessing.Crop(Squeezed(mask));
        float[] over = new float[preprocessing.Size * preprocessing.Size];
        for (int i = 0; i < over.Length; i++)
            over[i] = covered.Pixels[3 * i] > 127 ? 1 : 0;
        return over;
    }

    private Picture Squeezed(Picture picture) => Square == 0 ? picture : Resample.Bicubic(picture.ToRgb(), Square, Square);

    private Picture Decode(byte[] bytes, string name) => Decode(bytes, name, null);

    private Picture Decode(byte[] bytes, string name, PictureCrop? crop)
    {
        Picture picture = ImageFile.Decode(bytes, name, orientation, maxMegapixels);
        return crop is null ? picture : crop.Of(picture);
    }

    /// <summary>A picture file's bytes.</summary>
    /// <exception cref="CirrusException">It is not there, may not be read, or is larger than any picture.</exception>
    public static byte[] ReadBytes(FileInfo file)
    {
        if (Directory.Exists(file.FullName))
            throw new CirrusException($"'{file.Name}' is a folder, not a picture.", hint: "name a file");
        try
        {
            return file.Length <= MostBytes ? File.ReadAllBytes(file.FullName)
                : throw new CirrusException($"'{file.Name}' has {file.Length >> 20} MB, at most {MostBytes >> 20} are read.",
                    hint: "make it smaller", kind: ProblemKind.TooLarge);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"'{file.Name}' cannot be read: {e.Message}", hint: "check the path and its permissions",
                e, kind: e is FileNotFoundException or DirectoryNotFoundException ? ProblemKind.NotFound : ProblemKind.Other);
        }
    }
}
