using Cirrus.Gallery;
using Cirrus.Tensors;

namespace Cirrus.Tests.Gallery;

/// <summary>A flipped bit in the rows of a gallery is an error when the row is read, and never a wrong score.</summary>
public sealed class DamagedRowTests : IDisposable
{
    private const int P = 8, Odd = 17;

    private static readonly EmbeddingSpace Space = new("toy", "0123456789abcdef", null, P, "openai 224", "exif");
    private static readonly float[] East = [1, 0, 0, 0, 0, 0, 0, 0], West = [-1, 0, 0, 0, 0, 0, 0, 0];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // 5,000 rows, enough for codes in a file, all to the east but one: only who looks to the west reads that one.
    [Fact]
    public void A_damaged_row_is_named_when_it_is_read_and_not_before()
    {
        Make(5000);
        IReadOnlyList<GalleryHit> before, after;
        using (GalleryFolder gallery = GalleryFolder.Open(_folder.Path))
            before = gallery.Search(East, 5);
        Flip(At(Odd) + (4 * P) - 4);    // the lowest bit of its last number
        using (GalleryFolder gallery = GalleryFolder.Open(_folder.Path))
        {
            after = gallery.Search(East, 5);
            foreach (Action read in new Action[] { () => gallery.Search(West, 1), () => gallery.Row(Odd + 1), () => gallery.RawFeature(Odd + 1), () => gallery.Search(row => row[0], 1), () => gallery.Search(row => row[0], 1),
                () => _ = gallery.StoredRows().Last(), () => gallery.Duplicates(1.5f) })
            {
                CirrusException e = Assert.Throws<CirrusException>(read);
                Assert.Contains($"'{_folder.At("s00000001.safetensors")}' is damaged: row {Odd}", e.Message, StringComparison.Ordinal);
                Assert.Contains($"gallery verify --repair {_folder.Path}", e.Hint, StringComparison.Ordinal);
            }
        }
        Assert.Equal(before, after);
    }

    // The bit flips while the gallery is open: who reads the row sees it, a scan has held it against its checksum already.
    [Fact]
    public void A_row_is_held_against_its_checksum_by_the_first_scan_and_by_all_else_each_time()
    {
        Make(70);
        using GalleryFolder gallery = GalleryFolder.Open(_folder.Path);
        IReadOnlyList<GalleryHit> first = Scan();
        int at = At(Odd) + (4 * P) - 4;
        using (FileStream file = new(_folder.At("s00000001.safetensors"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.Position = at;
            int low = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(low ^ 1));
        }
        Assert.Contains($"row {Odd}", Assert.Throws<CirrusException>(() => gallery.Row(Odd + 1)).Message, StringComparison.Ordinal);
        Assert.Equal(first, Scan());
        using GalleryFolder anew = GalleryFolder.Open(_folder.Path);
        Assert.Throws<CirrusException>(() => anew.Search(row => row[0], 5, null, TestContext.Current.CancellationToken));

        IReadOnlyList<GalleryHit> Scan() => gallery.Search(row => row[0], 5, null, TestContext.Current.CancellationToken);
    }

    // Bounds that are made of rows (few of them, or their codes are damaged) are made of whole ones.
    [Theory, InlineData(20, false), InlineData(5000, true)]
    public void Bounds_are_not_made_of_a_damaged_row(int rows, bool codes)
    {
        Make(rows);
        if (codes)
            File.Delete(_folder.At("s00000001.codes"));
        Flip(At(Odd));
        using (GalleryFolder gallery = GalleryFolder.Open(_folder.Path))
            Assert.Contains($"row {Odd} ", Assert.Throws<CirrusException>(() => gallery.Search(East, 5)).Message, StringComparison.Ordinal);
        GalleryCheck.Repair(_folder.Path);
        using GalleryFolder rest = GalleryFolder.Open(_folder.Path);
        Assert.Equal(rows, rest.Count);
        Assert.DoesNotContain($"{Odd}.jpg", rest.Search(East, rows).Select(h => h.Item.Path));
    }

    // A date in a list of pictures, an id in that of pictures that are gone: the line reads well, and says what was never written.
    [Theory, InlineData("s00000001.jsonl", "\"modified\":2", "\"modified\":3"), InlineData("gone-00000003.jsonl", "\"id\":1,", "\"id\":3,"),
        InlineData("moved-00000003.jsonl", "elsewhere", "elsewhare"), InlineData("problems-00000003.jsonl", "torn", "born")]
    public void A_list_that_was_changed_is_neither_believed_nor_written_again(string file, string written, string read)
    {
        Make(3);
        using (GalleryWriter gallery = GalleryWriter.Open(_folder.Path))
            gallery.Commit(new() { Gone = [1], Updated = [gallery.Find(2)! with { Path = "elsewhere.jpg" }], Problems = [new("bad.jpg", 1, 2, "torn")] });
        string text = File.ReadAllText(_folder.At(file));
        Assert.Contains(written, text, StringComparison.Ordinal);
        File.WriteAllText(_folder.At(file), text.Replace(written, read, StringComparison.Ordinal));
        foreach (Func<IDisposable> open in new Func<IDisposable>[] { () => GalleryFolder.Open(_folder.Path), () => GalleryWriter.Open(_folder.Path) })
            Assert.Contains(file, Assert.Throws<CirrusException>(open).Message, StringComparison.Ordinal);
        GalleryCheck.Repair(_folder.Path);
        GalleryWriter.Open(_folder.Path).Dispose();
    }

    [Fact]
    public void No_byte_of_rows_norms_and_checksums_is_left_out()
    {
        Make(3);
        string path = _folder.At("s00000001.safetensors");
        byte[] whole = File.ReadAllBytes(path);
        for (int at = At(0); at < whole.Length; at++)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= (byte)(1 << (at % 8));
            File.WriteAllBytes(path, damaged);
            Assert.Throws<CirrusException>(() =>
            {
                using GalleryFolder gallery = GalleryFolder.Open(_folder.Path);
                return gallery.StoredRows().Count();
            });
        }
    }

    private void Make(int rows)
    {
        using GalleryWriter gallery = GalleryWriter.Create(_folder.Path, _folder.Path, Space);
        gallery.Commit(new() { Added = [.. Enumerable.Range(0, rows).Select(r => Row($"{r}.jpg", r == Odd ? [-1, 0, 0, 0, 0, 0, 0, 0.5f] : [4, r % 3, r % 5, r % 7, r % 11, r % 13, 0, 0]))] });
        gallery.Commit(new() { Added = [Row("more.jpg", East)] });
    }

    private static StoredRow Row(string path, float[] feature) => StoredRow.Of(new(0, path, 1, 2, path, 640, 480), feature);

    /// <summary>Where a row of the first segment begins in its file.</summary>
    private int At(int row)
    {
        using FileStream file = File.OpenRead(_folder.At("s00000001.safetensors"));
        Span<byte> length = stackalloc byte[8];
        file.ReadExactly(length);
        return 8 + BitConverter.ToInt32(length) + (row * 4 * P);
    }

    private void Flip(int at)
    {
        string path = _folder.At("s00000001.safetensors");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[at] ^= 1;
        File.WriteAllBytes(path, bytes);
    }
}
