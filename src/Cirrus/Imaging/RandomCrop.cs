using Cirrus.Tensors;

namespace Cirrus.Imaging;

/// <summary>A window of a picture drawn at random and resized to a square: how published code varies the pictures it trains on.</summary>
/// <remarks>
/// torchvision's RandomResizedCrop with the numbers of open_clip and Pic2Word: the window has 90 to 100 % of the area and a ratio of 3:4 to
/// 4:3, uniform in its logarithm. What does not fit is drawn again, ten times; then the largest window in the middle that has the ratio is taken.
/// </remarks>
public static class RandomCrop
{
    private const double LeastArea = 0.9, MostArea = 1, LeastRatio = 3 / 4.0, MostRatio = 4 / 3.0;
    private const int Tries = 10;

    /// <summary>The window of a random stream, resized → size × size, in the picture's own mode.</summary>
    public static Picture Take(Picture picture, int size, Philox random)
    {
        (int left, int top, int width, int height) = Window(picture.Width, picture.Height, random);
        return Resample.Bicubic(Preprocessing.Cut(picture, left, top, width, height), size, size);
    }

    /// <summary>Where the window of a random stream lies in a picture of this size.</summary>
    public static (int Left, int Top, int Width, int Height) Window(int width, int height, Philox random)
    {
        double least = Math.Log(LeastRatio), most = Math.Log(MostRatio);
        for (int i = 0; i < Tries; i++)
        {
            Philox own = random.Fork((ulong)i);
            double area = (double)width * height * (LeastArea + ((MostArea - LeastArea) * own.Uniform(0)));
            double ratio = Math.Exp(least + ((most - least) * own.Uniform(1)));
            int w = (int)Math.Round(Math.Sqrt(area * ratio)), h = (int)Math.Round(Math.Sqrt(area / ratio));
            if (w > 0 && h > 0 && w <= width && h <= height)
                return (own.Integer(2, width - w + 1), own.Integer(3, height - h + 1), w, h);
        }
        double shape = (double)width / height;
        int mostWide = shape > MostRatio ? Math.Max(1, (int)Math.Round(height * MostRatio)) : width;
        int mostHigh = shape < LeastRatio ? Math.Max(1, (int)Math.Round(width / LeastRatio)) : height;
        return ((width - mostWide) / 2, (height - mostHigh) / 2, mostWide, mostHigh);
    }
}
