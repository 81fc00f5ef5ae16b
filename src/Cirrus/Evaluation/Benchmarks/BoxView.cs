using System.Globalization;

namespace Cirrus.Evaluation.Benchmarks;

/// <summary>GeneCIS' view of a box: grown to the left and upwards, and padded to a square (benchmarks: 4.4).</summary>
/// <param name="X">left end, in pixels; the official files have some a little outside the picture.</param>
public sealed record BoxView(double X, double Y, double Width, double Height)
    : PictureView(string.Create(CultureInfo.InvariantCulture, $"crop {X} {Y} {Width} {Height}"));
