using System.Globalization;

namespace Cirrus.Evaluation.Benchmarks;

/// <summary>COCO's instances_val2017.json: pictures with their objects.</summary>
internal static class CocoInstances
{
    public const string Official = "cocodataset.org, annotations_trainval2017.zip", Name = "instances_val2017.json";

    /// <summary>No outline of a picture goes so far outside it.</summary>
    private const double Farthest = 1 << 16;

    /// <summary>The pictures by file name. Their records live as long as the file is open.</summary>
    /// <exception cref="Tensors.CirrusException">The file is wrong.</exception>
    public static IReadOnlyList<CocoPicture> Pictures(AnnotationFile file)
    {
        AnnotationRecord root = file.Root;
        Dictionary<long, CocoPicture> pictures = Named(root);
        Dictionary<long, string> classes = [];
        foreach (AnnotationRecord c in root.Field("categories").List())
            if (!classes.TryAdd(c.Whole("id"), c.Text("name")))
                throw c.Wrong($"{c.Where} has the id of an earlier one", "every class once");
        foreach (AnnotationRecord a in root.Field("annotations").List())
        {
            if (!pictures.TryGetValue(a.Whole("image_id"), out CocoPicture? picture))
                throw a.Wrong($"{a.Where} is of a picture {a.Whole("image_id")} that is not there", "only annotations of its own pictures");
            if (!classes.TryGetValue(a.Whole("category_id"), out string? name))
                throw a.Wrong($"{a.Where} is of a class {a.Whole("category_id")} that is not there", "only classes of its own list");
            picture.Objects.Add(new(a.Whole("id"), name, Box(a.Field("bbox")), a));
        }
        return [.. pictures.Values.OrderBy(p => p.File, StringComparer.Ordinal)];
    }

    /// <summary>Which pixels an object covers. To be asked while the file is open.</summary>
    /// <exception cref="Tensors.CirrusException">The outline is none.</exception>
    public static ObjectMask Mask(CocoPicture picture, CocoObject o)
    {
        AnnotationRecord segmentation = o.Record.Field("segmentation");
        if (!segmentation.Has("counts"))
            return new(o.Id, picture.Width, picture.Height, [.. segmentation.List().Select(Polygon)], null);
        int[] size = [.. segmentation.Field("size").List().Select(s => Whole(s, int.MaxValue))];
        if (segmentation.Field("counts") is { Element.ValueKind: System.Text.Json.JsonValueKind.String } packed)
            throw packed.Wrong($"{packed.Where} is a text (packed run lengths)", "a list of run lengths there");
        int[] runs = [.. segmentation.Field("counts").List().Select(c => Whole(c, int.MaxValue))];
        return size is [var height, var width] && (height, width) == (picture.Height, picture.Width) && runs.Sum(r => (long)r) == (long)height * width
            ? new(o.Id, picture.Width, picture.Height, [], runs)
            : throw segmentation.Wrong(
                $"{segmentation.Where} has runs of {runs.Sum(r => (long)r)} pixels and the size {string.Join(" × ", size)} in "
                    + $"a picture of {picture.Height} × {picture.Width} (height × width)",
                "runs that cover the picture");
    }

    private static double[] Polygon(AnnotationRecord polygon)
    {
        double[] ends = [.. polygon.List().Select(e => e.Number())];
        return ends.Length >= 6 && ends.Length % 2 == 0 && ends.All(e => Math.Abs(e) <= Farthest) ? ends
            : throw polygon.Wrong($"{polygon.Where} has {ends.Length} numbers, or such as lie far outside",
                "at least three points x, y of the picture");
    }

    private static Dictionary<long, CocoPicture> Named(AnnotationRecord root)
    {
        Dictionary<long, CocoPicture> pictures = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (AnnotationRecord p in root.Field("images").List())
        {
            string name = p.Text("file_name");
            if (name.Length == 0 || name != Path.GetFileName(name))
                throw p.Wrong($"{p.Where} has the file_name '{name}'", "names without folders");
            if (!names.Add(name) || !pictures.TryAdd(p.Whole("id"),
                new(p.Whole("id"), name, Whole(p.Field("width"), ushort.MaxValue), Whole(p.Field("height"), ushort.MaxValue), [])))
                throw p.Wrong($"{p.Where} has the id or file_name of an earlier one", "every picture once");
        }
        return pictures;
    }

    private static CocoBox Box(AnnotationRecord box)
    {
        double[] ends = [.. box.List().Select(e => e.Number())];
        return ends.Length == 4 ? new(ends[0], ends[1], ends[2], ends[3])
            : throw box.Wrong($"{box.Where} is [{string.Join(", ", ends.Select(e => e.ToString(CultureInfo.InvariantCulture)))}]",
                "left, top, width and height");
    }

    private static int Whole(AnnotationRecord value, int most) => value.Whole() is >= 0 and var whole && whole <= most ? (int)whole
        : throw value.Wrong($"{value.Where} is {value.Whole()}", $"numbers from 0 to {most}");
}

/// <param name="Objects">in the order of the annotation file.</param>
internal sealed record CocoPicture(long Id, string File, int Width, int Height, List<CocoObject> Objects);

/// <param name="Class">"potted plant".</param>
internal sealed record CocoObject(long Id, string Class, CocoBox Box, AnnotationRecord Record);

internal readonly record struct CocoBox(double X, double Y, double Width, double Height);
