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

    /// <summary>Preprocesses a file's bytes → [3, S, S], with the picture's size in pixels as it is seen.</summary>
    /// <exception cref="CirrusException">It is no picture.</exception>
    public (float[] Pixels, int Width, int Height) Read(byte[] bytes, string name, Philox? random = null)
    {
        Picture picture = ImageFile.Decode(bytes, name, orientation, maxMegapixels);
        float[] pixels = new float[Length];
        preprocessing.Apply(picture, pixels, random);
        return (pixels, picture.Width, picture.Height);
    }

    /// <summary>A picture without its masked part, which is the mean colour → [3, S, S], and the mask as the picture is seen → [S·S], 0 or 1.</summary>
    /// <exception cref="CirrusException">One of them cannot be read, or the mask lies outside of the picture.</exception>
    public (float[] Pixels, float[] Mask) ReadMasked(string file, PictureMask mask)
    {
        Picture picture = Decode(file);
        float[] pixels = new float[Length], over = Seen(mask.Over(picture.Width, picture.Height, Decode));
        preprocessing.Apply(picture, pixels);
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] *= 1 - over[i % over.Length];
        return (pixels, over);
    }

    /// <summary>A mask alone as its picture is seen → [S·S], 0 or 1.</summary>
    /// <param name="size">of the picture in pixels; (0, 0) with a mask's file: as large as that.</param>
    /// <exception cref="CirrusException">It cannot be read, or lies outside of the picture.</exception>
    public float[] ReadMask(PictureMask mask, (int Width, int Height) size = default) =>
        Seen(mask.File is string file && size == default ? Decode(file).ToRgb() : mask.Over(size.Width, size.Height, Decode));

    private float[] Seen(Picture mask)
    {
        Picture covered = preprocessing.Crop(mask);
        float[] over = new float[preprocessing.Size * preprocessing.Size];
        for (int i = 0; i < over.Length; i++)
            over[i] = covered.Pixels[3 * i] > 127 ? 1 : 0;
        return over;
    }

    private Picture Decode(string file) => ImageFile.Decode(ReadBytes(new(file)), file, orientation, maxMegapixels);

    /// <summary>A picture file's bytes.</summary>
    /// <exception cref="CirrusException">It is not there, may not be read, or is larger than any picture.</exception>
    public static byte[] ReadBytes(FileInfo file)
    {
        try
        {
            return file.Length <= MostBytes ? File.ReadAllBytes(file.FullName)
                : throw new CirrusException($"'{file.Name}' has {file.Length >> 20} MB, at most {MostBytes >> 20} are read.", hint: "make it smaller");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"'{file.Name}' cannot be read: {e.Message}", hint: "check the path and its permissions", e);
        }
    }
}
