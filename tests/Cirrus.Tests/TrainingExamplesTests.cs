using Cirrus.Imaging;
using Cirrus.Methods.CompoDiff;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Tests;

public sealed class TrainingExamplesTests : IDisposable
{
    private const int Side = 64;

    private static readonly Preprocessing Small = new(Size: Side);

    private readonly TempFolder _folder = new();
    private readonly List<string> _told = [];

    public TrainingExamplesTests()
    {
        foreach (char name in "abc")
            Draw($"{name}.png", 64, (_, _) => (byte)(name * 2));
        Draw("a-mask.png", 32, (x, _) => x >= 16 ? (byte)130 : (byte)120);       // from the middle on, a little over a half white
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_kind_is_bound_and_a_picture_or_mask_of_several_lines_is_one()
    {
        NamedMask mask = new("a-mask");
        DiffusionSet set = Bind(new("a star", "a"), new("a dot", "b.png"), new("a star", "a.png", Mask: mask),
            new("again", "a", Mask: mask), new("a corner", "a", Mask: new(null, (0, 0, 32, 32))),
            new("a star", "b", Mask: mask), new("make it c", "c", "a"), new("make it a", "a", "c"));
        Assert.Equal(["a.png", "b.png", "c.png"], set.Pictures.Names.Take(3).Select(Path.GetFileName));
        Assert.Equal((6, 3, 2, 4, 2), (set.Pictures.Count, set.Masks.Count, set.Words.Count, set.Hidden.Count, set.Triplets.Count));
        Assert.Equal([new("a star", 3, 0, 0), new("again", 3, 0, 0), new("a corner", 4, 1, 0), new("a star", 5, 2, 1)], set.Hidden);
        Assert.Equal([new("make it c", 0, null, 2), new("make it a", 2, null, 0)], set.Triplets);
        Assert.Empty(_told);
        Assert.Null(set.Features);
    }

    [Fact]
    public void A_mask_hides_its_pixels_and_no_others()
    {
        DiffusionSet set = Bind(new("a", "a", Mask: new("a-mask")), new("b", "b", Mask: new(null, (16, 32, 100, 8))));
        float[] right = [.. Enumerable.Range(0, Side * Side).Select(i => i % Side >= 32 ? 1f : 0)];
        float[] stripe = [.. Enumerable.Range(0, Side * Side).Select(i => i % Side >= 16 && i / Side is >= 32 and < 40 ? 1f : 0)];
        Assert.Equal([right, stripe], set.Masks);
        Assert.Equal(set.Pictures.Read(0).Select((v, i) => v * (1 - right[i % right.Length])), set.Pictures.Read(2));
        Assert.Equal(set.Pictures.Read(1).Select((v, i) => v * (1 - stripe[i % stripe.Length])), set.Pictures.Read(3));
    }

    [Fact]
    public void Mask_and_picture_are_resized_and_cropped_together()
    {
        // The crop of a picture of 256 × 128 is its middle from 64 to 192, half as large.
        byte[] pixels = [.. Enumerable.Range(0, 256 * 128 * 3).Select(i => (byte)(i / 3 % 256 is >= 96 and < 128 && i / 3 / 256 < 64 ? 250 : 10))];
        File.WriteAllBytes(_folder.At("wide.jpg"), ImageFile.EncodeJpeg(new(256, 128, PictureMode.Rgb, pixels), 100));
        DiffusionSet set = Bind(new NamedExample("a", "wide", Mask: new(null, (96, 0, 32, 64))));
        Assert.Equal([.. Enumerable.Range(0, Side * Side).Select(i => i % Side is >= 16 and < 32 && i / Side < 32 ? 1f : 0)], set.Masks[0]);
        float bright = set.Pictures.Read(0).Max();
        Assert.True(bright > 1.5f, $"{bright}");
        Assert.True(set.Pictures.Read(1).Max() < 0.5f * bright, "what is bright is hidden, but for a rim that resizing blurs");
    }

    [Fact]
    public void What_is_missing_or_hides_nothing_leaves_its_lines_out_and_is_told()
    {
        File.WriteAllText(_folder.At("broken.png"), "no picture");
        DiffusionSet set = Bind(new("a", "a"), new("x", "gone"), new("y", "b", "gone"), new("z", "a", Mask: new("no-mask")),
            new("w", "a", Mask: new("broken")),
            new("v", "a", Mask: new(null, (64, 0, 5, 5))), new("u", "a", Mask: new(null, (0, 0, 64, 9)), Hidden: "not asked for"));
        Assert.Equal((1, 1, 0, 3), (set.Words.Count, set.Hidden.Count, set.Triplets.Count, set.Pictures.Count));
        Assert.Equal(3, _told.Count);
        Assert.Contains("broken.png' is not a picture", _told[0], StringComparison.Ordinal);
        Assert.Contains("covers nothing", _told[1], StringComparison.Ordinal);
        Assert.Equal("3 of 7 examples left out, for 2 pictures are not there: gone, no-mask", _told[2]);
        Assert.Contains("--pictures", Assert.Throws<CirrusException>(() => Bind(new NamedExample("x", "gone"))).Hint, StringComparison.Ordinal);
        Assert.Contains("no example", Assert.Throws<CirrusException>(() => Bind()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_fingerprints_depend_on_masks()
    {
        NamedExample plain = new("a", "a");
        DiffusionSet one = Bind(plain, new("a", "a", Mask: new("a-mask"))), other = Bind(plain, new("a", "a", Mask: new(null, (0, 0, 9, 9))));
        string[] all = [one.Pictures.Fingerprint, other.Pictures.Fingerprint, Bind(plain).Pictures.Fingerprint];
        Assert.Equal(3, all.Distinct().Count());
        Assert.Equal(all[0], Bind(plain, new("a", "a", Mask: new("a-mask"))).Pictures.Fingerprint);
        Draw("a-mask.png", 32, (x, _) => x >= 17 ? (byte)130 : (byte)120);       // as many bytes, another content
        Assert.NotEqual(all[0], Bind(plain, new("a", "a", Mask: new("a-mask"))).Pictures.Fingerprint);
    }

    [Fact]
    public void Features_take_the_place_of_pictures()
    {
        NamedExample[] named = [new("a", "a"), new("part", "a", Mask: new("a-mask"), Hidden: "a-rest"),
            new("part", "a", Mask: new(null, (0, 0, 64, 32), (64, 64)), Hidden: "a-rest"),
            new("no name", "a", Mask: new("a-mask")), new("no size", "a", Mask: new(null, (0, 0, 1, 1)), Hidden: "a-rest"),
                new("to b", "b", "a"), new("to d", "d", "a")];
        File.WriteAllText(_folder.At("f.jsonl"), """
            {"image": "x/a.jpg", "vector": [3, 4]}
            {"image": "x/b.jpg", "vector": [1, 2]}
            {"image": "x/a-rest.jpg", "vector": [5, 6]}
            """);
        NamedFeatures features = NamedFeatures.Read([_folder.At("f.jsonl")], named.SelectMany(TrainingExamples.Names), 2);
        DiffusionSet set = TrainingExamples.OfFeatures(named, features, [_folder.Path], Small, _told.Add, TestContext.Current.CancellationToken);
        Assert.Equal([new("a", null, null, 0)], set.Words);
        Assert.Equal([new("part", 2, 0, 0), new("part", 2, 1, 0)], set.Hidden);
        Assert.Equal([new("to b", 0, null, 1)], set.Triplets);
        Assert.Equal([[3, 4], [1, 2], [5, 6]], set.Features!);
        Assert.Equal([.. Enumerable.Range(0, Side * Side).Select(i => i % Side >= 32 ? 1f : 0)], set.Masks[0]);
        Assert.Equal([.. Enumerable.Range(0, Side * Side).Select(i => i / Side < 32 ? 1f : 0)], set.Masks[1]);
        Assert.StartsWith("2 hidden parts left out", _told[0], StringComparison.Ordinal);
        Assert.Equal("1 of 5 examples left out, for 1 pictures are not there: d", _told[1]);
    }

    private DiffusionSet Bind(params NamedExample[] named) =>
        TrainingExamples.OfPictures(named, [_folder.Path], Small, _told.Add, TestContext.Current.CancellationToken);

    private void Draw(string name, int side, Func<int, int, byte> grey) => File.WriteAllBytes(_folder.At(name),
        Png.Encode([.. Enumerable.Range(0, side * side).SelectMany(i => Enumerable.Repeat(grey(i % side, i / side), 3))], side));
}
