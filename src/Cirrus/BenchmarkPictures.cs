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
        string path = picture.Find() ?? throw new CirrusException($"The picture {picture.Name} is missing.", hint: $"it is sought at {string.Join(", ", picture.Places)}");
        if (picture.View is not null)
            throw new CirrusException($"The view '{picture.View.Key}' of {picture.Name} cannot be made.", hint: "this is a mistake in Cirrus: please report it");
        return ImageFile.Decode(PictureInput.ReadBytes(new(path)), path);
    }
}
