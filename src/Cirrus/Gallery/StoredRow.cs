using System.Numerics.Tensors;

namespace Cirrus.Gallery;

/// <summary>A row as it is kept, to the bit.</summary>
/// <param name="Unit">the feature at length one, [P].</param>
/// <param name="Norm">length of the feature as the image tower gave it.</param>
public sealed record StoredRow(GalleryItem Item, ReadOnlyMemory<float> Unit, float Norm)
{
    /// <summary>The row of a feature as the image tower gave it, [P].</summary>
    public static StoredRow Of(GalleryItem item, ReadOnlySpan<float> feature)
    {
        float norm = MathF.Max(TensorPrimitives.Norm(feature), 1e-12f);
        float[] unit = new float[feature.Length];
        TensorPrimitives.Divide(feature, norm, unit);
        return new(item, unit, norm);
    }
}
