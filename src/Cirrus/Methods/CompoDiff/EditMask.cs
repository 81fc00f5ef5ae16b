namespace Cirrus.Methods.CompoDiff;

/// <summary>Masks as the denoiser reads them.</summary>
internal static class EditMask
{
    /// <summary>A square mask [S·S] of 0 and 1 → [side²], bilinear between the four pixels around each centre, and 0 or 1 again.</summary>
    /// <remarks>Without antialiasing, which torchvision's tensors had not when CompoDiff was released.</remarks>
    /// <exception cref="ArgumentException">It is not square.</exception>
    public static float[] Shrink(float[] mask, int side)
    {
        int s = (int)Math.Round(Math.Sqrt(mask.Length));
        if (s * s != mask.Length || s == 0)
            throw new ArgumentException($"A mask of {mask.Length} values is not square.", nameof(mask));
        float[] small = new float[side * side];
        for (int i = 0; i < small.Length; i++)
        {
            (int y0, int y1, float fy) = Around(i / side, s, side);
            (int x0, int x1, float fx) = Around(i % side, s, side);
            float above = (mask[(y0 * s) + x0] * (1 - fx)) + (mask[(y0 * s) + x1] * fx),
                below = (mask[(y1 * s) + x0] * (1 - fx)) + (mask[(y1 * s) + x1] * fx);
            small[i] = (above * (1 - fy)) + (below * fy) > 0.5f ? 1 : 0;
        }
        return small;
    }

    /// <summary>The two pixels around the centre of a pixel of the smaller picture, and the share of the second.</summary>
    private static (int First, int Second, float Share) Around(int i, int from, int to)
    {
        float at = Math.Max(0, ((i + 0.5f) * from / to) - 0.5f);
        int first = (int)at;
        return (Math.Min(first, from - 1), Math.Min(first + 1, from - 1), at - first);
    }
}
