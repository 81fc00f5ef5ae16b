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
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(preprocessing);
        string path = picture.Find() ?? throw new CirrusException($"The picture {picture.Name} is missing.", hint: $"it is sought at {string.Join(", ", picture.Places)}");
        Picture seen = ImageFile.Decode(PictureInput.ReadBytes(new(path)), path);
        if (picture.View is not null)
            throw new CirrusException($"The view '{picture.View.Key}' of {picture.Name} cannot be made.", hint: "this is a mistake in Cirrus: please report it");
        float[] pixels = new float[3 * preprocessing.Size * preprocessing.Size];
        preprocessing.Apply(seen, pixels);
        return pixels;
    }
}
