using Cirrus.Evaluation.Benchmarks;
using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus;

/// <summary>Reads a benchmark's pictures as it shows them to the model.</summary>
public static class BenchmarkPictures
{
    /// <summary>CLIP's pixels [3, S, S] of a picture; orientation marks are not applied, as in published code.</summary>
    /// <exception cref="CirrusException">It is not there, or cannot be read.</exception>
    public static float[] Read(BenchmarkPicture picture, Preprocessing preprocessing)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        float[] pixels = new float[3 * preprocessing.Size * preprocessing.Size];
        preprocessing.Apply(Open(picture, preprocessing.Size), pixels);
        return pixels;
    }

    /// <summary>What a benchmark shows of a picture.</summary>
    /// <param name="size">of a view that has CLIP's size already.</param>
    /// <exception cref="CirrusException">It is not there, cannot be read, or is not the picture that the benchmark speaks of.</exception>
    public static Picture Open(BenchmarkPicture picture, int size)
    {
        ArgumentNullException.ThrowIfNull(picture);
        string path = picture.Find() ?? throw new CirrusException($"The picture {picture.Name} is missing.",
            hint: $"it is sought at {string.Join(", ", picture.Places)}");
        return View(ImageFile.Decode(PictureInput.ReadBytes(new(path)), path), picture, size);
    }

    /// <summary>What of a decoded picture is shown; an object's square has CLIP's size already, so that nothing is cropped from it.</summary>
    private static Picture View(Picture whole, BenchmarkPicture picture, int size)
    {
        try
        {
            return picture.View switch
            {
                null => whole,
                BoxView b => LopsidedCrop.Take(whole, b.X, b.Y, b.Width, b.Height),
                ObjectView o => Resample.Bicubic(CutOut(whole, o), size, size),
                _ => throw new ArgumentException($"The view '{picture.View.Key}' is of no known kind."),
            };
        }
        catch (CirrusException e)
        {
            throw new CirrusException($"{picture.Name}: {e.Message}", e.Hint, e);
        }
    }

    private static Picture CutOut(Picture whole, ObjectView view)
    {
        if (view.Mask is { } mask)
        {
            if ((mask.Width, mask.Height) != (whole.Width, whole.Height))
                throw new CirrusException(
                    $"The picture has {whole.Width} × {whole.Height} pixels, its annotation {mask.Width} × {mask.Height}.",
                        hint: "download the picture again, in its original size");
            whole = MaskRaster.WhiteOutside(whole, mask.Runs is { } runs ? MaskRaster.Runs(runs, mask.Width, mask.Height)
                : MaskRaster.Polygons(mask.Polygons, mask.Width, mask.Height));
        }
        (int left, int top) = ((int)view.X1, (int)view.Y1);
        // A box thinner than a pixel keeps one.
        (int right, int bottom) = (Math.Max((int)view.X2, left + 1), Math.Max((int)view.Y2, top + 1));
        return left >= 0 && top >= 0 && right <= whole.Width && bottom <= whole.Height
            ? Preprocessing.Cut(whole, left, top, right - left, bottom - top)
            : throw new CirrusException(
                $"The object's box {left} {top} {right} {bottom} (ends) reaches out of a picture of {whole.Width} × {whole.Height}.",
                    hint: "download the picture again, in its original size");
    }
}
