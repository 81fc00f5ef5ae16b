using System.Text;
using Cirrus.Gallery;
using Cirrus.Tensors;

namespace Cirrus.Tests.Gallery;

/// <summary>Three segments of four, five thousand and three rows; id 2 has moved, ids 3 and 4,503 are gone.</summary>
public sealed class GalleryRepairTests : IDisposable
{
    private const int P = 8, Large = 5000;
    private const string Numbers = "s00000002.safetensors";

    private readonly TempFolder _folder = new();
    private readonly Dictionary<long, string> _before;

    public GalleryRepairTests()
    {
        using (GalleryWriter gallery = GalleryWriter.Create(_folder.At("it"), _folder.Path, new("toy", "0123456789abcdef", null, P, "openai 224", "exif")))
        {
            foreach ((string name, int rows) in new[] { ("a", 4), ("b", Large), ("c", 3) })
                gallery.Commit(new() { Added = [.. Enumerable.Range(0, rows).Select(r => Row($"{name}{r}.jpg", r))] });
            gallery.Commit(new() { Updated = [gallery.Find(2)! with { Path = "moved.jpg" }, gallery.Find(20)! with { Path = "far.jpg" }], Gone = [3, 4503], Problems = [new("bad.jpg", 1, 2, "torn")] });
        }
        _before = Rows(_folder.At("it"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Only_damaged_rows_go_and_their_pictures_are_named()
    {
        string it = _folder.At("it");
        Flip(it, Numbers, RowAt(0));                        // id 5
        Flip(it, Numbers, RowAt(15) + (4 * P) - 1);         // id 20, which has moved
        Flip(it, Numbers, RowAt(4498));                     // id 4,503, which is gone
        Flip(it, Numbers, ChecksAt(Large - 1));             // the checksum of id 5,004, not its row
        GalleryDamage damage = Assert.Single(GalleryCheck.Run(it).Damage);
        Assert.Equal((Numbers, "row 0 is not what was written, and 3 more of its 5,000 rows", false), (damage.File, damage.What, damage.Derived));
        Assert.Equal(["b0.jpg", "far.jpg", $"b{Large - 1}.jpg"], damage.Pictures);
        Assert.Equal(_before.Count - 3, GalleryCheck.Run(it).Pictures);
        Assert.Equal(damage.Pictures, Assert.Single(GalleryCheck.Repair(it).Damage).Pictures);
        Repaired(it, 5, 20, 5004);
    }

    // A segment's norms have one checksum: which of them is damaged nobody can tell.
    [Theory, InlineData("norm"), InlineData("header"), InlineData("half"), InlineData("lines")]
    public void A_segment_goes_where_rows_cannot_be_told_apart(string what)
    {
        string it = _folder.At("it");
        if (what == "norm")
            Flip(it, Numbers, RowAt(Large) + 4);
        else if (what == "header")
            Flip(it, Numbers, 9);
        else if (what == "lines")
            Flip(it, "s00000002.jsonl", 9);
        else
            File.WriteAllBytes(Path.Combine(it, Numbers), File.ReadAllBytes(Path.Combine(it, Numbers))[..RowAt(3)]);
        GalleryDamage damage = Assert.Single(GalleryCheck.Repair(it).Damage);
        Assert.Equal(what == "lines" ? 0 : Large - 1, damage.Pictures.Count);
        Assert.False(damage.Derived);
        Repaired(it, [.. Enumerable.Range(5, Large).Select(i => (long)i)]);
    }

    [Fact]
    public void Rows_without_a_fault_stay_though_their_file_has_changed()
    {
        string it = _folder.At("it"), path = Path.Combine(it, Numbers), header = Encoding.UTF8.GetString(File.ReadAllBytes(path), 8, RowAt(0) - 8);
        File.WriteAllBytes(path, [.. BitConverter.GetBytes(header.Length + 8L), .. Encoding.UTF8.GetBytes(header + new string(' ', 8)), .. File.ReadAllBytes(path)[RowAt(0)..]]);
        GalleryDamage damage = Assert.Single(GalleryCheck.Repair(it).Damage);
        Assert.Equal((Numbers, true, 0), (damage.File, damage.Derived, damage.Pictures.Count));
        Repaired(it);
    }

    // Files are written in this order, then the manifest, then the old ones go: what lies there after a crash at any moment is a beginning of that.
    [Fact]
    public void A_repair_that_was_broken_off_loses_nothing_and_can_be_run_again()
    {
        string it = _folder.At("it"), done = _folder.At("done");
        Flip(it, Numbers, RowAt(7));
        Copy(it, done);
        GalleryCheck.Repair(done);
        string[] made = ["s00000005.jsonl", "s00000005.safetensors", "s00000005.codes"], old = ["s00000002.jsonl", Numbers, "s00000002.codes"];
        Assert.Equal(made.Order(), Names(done).Except(Names(it)).Order());
        Assert.Equal(old.Order(), Names(it).Except(Names(done)).Order());
        for (int files = 0; files <= made.Length; files++)
        {
            string broken = _folder.At($"broken{files}");
            Copy(it, broken);
            foreach (string file in made[..files])
                File.Copy(Path.Combine(done, file), Path.Combine(broken, file));
            string next = files < made.Length ? made[files] : "manifest.json";
            File.WriteAllBytes(Path.Combine(broken, next + ".tmp"), File.ReadAllBytes(Path.Combine(done, next))[..50]);
            using (GalleryFolder gallery = GalleryFolder.Open(broken))
                Assert.Equal(_before.Count, gallery.Count);
            GalleryCheck.Repair(broken);
            Assert.Equal(Names(done), Names(broken));
            Repaired(broken, 12);
        }
        for (int files = 0; files <= old.Length; files++)
        {
            string broken = _folder.At($"left{files}");
            Copy(done, broken);
            foreach (string file in old[files..])
                File.Copy(Path.Combine(it, file), Path.Combine(broken, file));
            Repaired(broken, 12);
            GalleryWriter.Open(broken).Dispose();
            Assert.Equal(Names(done), Names(broken));
        }
    }

    [Fact]
    public void A_repair_that_cannot_write_leaves_the_gallery_as_it_was()
    {
        string it = _folder.At("it");
        Flip(it, Numbers, RowAt(7));
        byte[] manifest = File.ReadAllBytes(Path.Combine(it, "manifest.json"));
        Directory.CreateDirectory(Path.Combine(it, "s00000005.safetensors.tmp"));    // in the way of the rows
        Assert.Throws<CirrusException>(() => GalleryCheck.Repair(it));
        Assert.Equal(manifest, File.ReadAllBytes(Path.Combine(it, "manifest.json")));
        using (GalleryFolder gallery = GalleryFolder.Open(it))
            Assert.Equal(_before.Count, gallery.Count);
        Directory.Delete(Path.Combine(it, "s00000005.safetensors.tmp"));
        GalleryCheck.Repair(it);
        Repaired(it, 12);
    }

    /// <summary>The gallery is whole and has what it had, to the bit, but for these; what is added gets new ids.</summary>
    private void Repaired(string folder, params long[] lost)
    {
        GalleryCheck now = GalleryCheck.Run(folder);
        Assert.Empty(now.Damage);
        Dictionary<long, string> rows = Rows(folder);
        Assert.Equal((rows.Count, 0), (now.Pictures, now.Unchecked));
        Assert.Equal(_before.Where(r => !lost.Contains(r.Key)).OrderBy(r => r.Key), rows.OrderBy(r => r.Key));
        using TempFolder copy = new();
        Copy(folder, copy.At("it"));
        using GalleryWriter gallery = GalleryWriter.Open(copy.At("it"));
        Assert.Equal(["bad.jpg"], gallery.Problems.Select(p => p.Path));
        Assert.Equal(Large + 8, Assert.Single(gallery.Commit(new() { Added = [Row("again.jpg", 1)] })));
    }

    private static Dictionary<long, string> Rows(string folder)
    {
        using GalleryFolder gallery = GalleryFolder.Open(folder);
        return gallery.StoredRows().ToDictionary(r => r.Item.Id, r => $"{r.Item} {r.Norm:R} {string.Join(' ', r.Unit.ToArray())}");
    }

    private static StoredRow Row(string path, int r) => StoredRow.Of(new(0, path, 1, 2, path, 640, 480), [4, r % 3, r % 5, r % 7, r % 11, r % 13, 0, 1]);

    /// <summary>Where a row of the second segment begins in its file; behind the last are the norms.</summary>
    private int RowAt(int row)
    {
        using FileStream file = File.OpenRead(Path.Combine(_folder.At("it"), Numbers));
        Span<byte> length = stackalloc byte[8];
        file.ReadExactly(length);
        return 8 + BitConverter.ToInt32(length) + (row * 4 * P);
    }

    private int ChecksAt(int row) => RowAt(Large) + (4 * Large) + (4 * row);

    private static void Flip(string folder, string file, int at)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(folder, file));
        bytes[at] ^= 1;
        File.WriteAllBytes(Path.Combine(folder, file), bytes);
    }

    private static string[] Names(string folder) => [.. Directory.GetFiles(folder).Select(f => Path.GetFileName(f)).Where(f => f != "lock").Order(StringComparer.Ordinal)];

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
