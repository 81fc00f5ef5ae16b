using System.Globalization;

namespace Cirrus.Evaluation.Benchmarks;

/// <summary>An object of COCO on white, cut out by its box (corners cut to whole pixels) and squashed to CLIP's square (benchmarks: 6.3).</summary>
/// <param name="Mask">null: the file shows the object on white already.</param>
public sealed record ObjectView(double X1, double Y1, double X2, double Y2, ObjectMask? Mask)
    : PictureView(string.Create(CultureInfo.InvariantCulture, $"{(Mask is null ? "masked" : $"object {Mask.Annotation}")} {X1} {Y1} {X2} {Y2}"));

/// <summary>Which pixels an object covers: the inside of polygons, or run lengths.</summary>
/// <param name="Annotation">its id in the annotation file.</param>
/// <param name="Width">of the picture.</param>
/// <param name="Polygons">x1, y1, x2, y2, ... in pixels each; empty when there are runs.</param>
/// <param name="Runs">pixels down the columns from the left, by turns outside and inside, the first outside.</param>
public sealed record ObjectMask(long Annotation, int Width, int Height, IReadOnlyList<double[]> Polygons, int[]? Runs);
