using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Tests;

public sealed class IndexerTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;

    public IndexerTests() => _clip = PlaygroundClip.Load(_device);

    public void Dispose()
    {
        _clip.Dispose();
        _device.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Moved_copied_swapped_and_touched_pictures_are_not_encoded_again()
    {
        foreach (string name in new[] { "a", "b", "c", "d", "e", "swap1", "swap2" })
            Put($"{name}.png", name);
        Assert.Equal((7, 0, 0, 0, 0), Counts(Index()));
        Dictionary<string, float[]> rows = Rows();
        File.Move(At("a.png"), At("z.png"));
        File.Copy(At("z.png"), At("y.png"));                      // comes before z: it is y that has moved, and z is the copy
        File.SetLastWriteTimeUtc(At("b.png"), new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        File.Copy(At("c.png"), At("c2.png"));
        File.Move(At("d.png"), At("e.png"), overwrite: true);     // e is gone, d has its place
        File.Move(At("swap1.png"), At("x"));
        File.Move(At("swap2.png"), At("swap1.png"));
        File.Move(At("x"), At("swap2.png"));
        Assert.Equal((2, 2, 2, 0, 2), Counts(Index()));
        Dictionary<string, float[]> now = Rows();
        foreach ((string path, string before) in new[] { ("y", "a"), ("z", "a"), ("b", "b"), ("c", "c"), ("c2", "c"), ("e", "d"), ("swap1", "swap2"), ("swap2", "swap1") })
            Assert.Equal(rows[before + ".png"], now[path + ".png"]);
        Assert.Equal(8, now.Count);
        using (GalleryFolder gallery = Open())
        {
            Assert.Equal([1L, 2, 3, 4], new[] { "y.png", "b.png", "c.png", "e.png" }.Select(p => gallery.Items.Single(i => i.Path == p).Id));
            Assert.All(gallery.Items, i => Assert.Equal((Drawing.ClipSide, Drawing.ClipSide), (i.Width, i.Height)));
        }
        Assert.Equal((0, 0, 0, 0, 8), Counts(Index()));
    }

    // The same letters in Unicode's two forms, as copies from a Mac have them, are two names here, and the files of both are found.
    [Fact]
    public void A_name_in_another_form_of_unicode_is_another_name_and_a_renamed_file_has_moved()
    {
        const string Composed = "Z\u00FCrich.png", Decomposed = "Zu\u0308rich.png";
        Put(Composed, "a");
        Index();
        Dictionary<string, float[]> rows = Rows();
        File.Move(At(Composed), At("x"));
        File.Move(At("x"), At(Decomposed));
        Assert.Equal((0, 0, 1, 0, 0), Counts(Index()));
        Assert.Equal(rows[Composed], Rows()[Decomposed]);
        File.Copy(At(Decomposed), At("y"));
        if (File.Exists(At(Composed)))
            return;    // a disk on which both forms are one name
        File.Move(At("y"), At(Composed));
        Assert.Equal((1, 0, 0, 0, 1), Counts(Index()));
        using GalleryFolder gallery = Open();
        Assert.Equal([(1, 1), (1, 1), (2, 2)], new[] { Composed, Decomposed, "Z*rich.png" }.Select(pattern =>
            ((int)gallery.Answer(rows[Composed], 5, ItemFilterText.Parse($"path:{pattern}"))[0].Matched, gallery.Items.Count(i => PathPattern.Matches(pattern, i.Path)))));
    }

    [Fact]
    public void A_dry_run_says_what_the_run_then_does()
    {
        foreach (string name in new[] { "a", "b", "c", "d" })
            Put($"{name}.png", name);
        Index();
        File.Move(At("a.png"), At("moved.png"));
        Put("b.png", "other");
        File.Delete(At("c.png"));
        Put("new.png", "new");
        var would = Counts(Index(new([], DryRun: true)));
        Assert.Equal((1, 1, 1, 1, 1), would);
        Assert.Equal(would, Counts(Index()));
    }

    // Who refreshes from the page says nothing of it: pictures would go, or come that nobody wanted.
    [Fact]
    public void Which_files_are_looked_at_is_kept_until_it_is_said_otherwise()
    {
        foreach (string name in new[] { "a.png", "raw/b.png", ".hidden/c.png" })
            Put(name, name);
        Directory.CreateSymbolicLink(At("linked"), _folder.At("elsewhere"));
        Directory.CreateDirectory(_folder.At("elsewhere"));
        File.Copy(At("raw/b.png"), _folder.At("elsewhere/d.png"));
        Assert.Equal((3, 0, 0, 0, 0), Counts(Index(new(["raw/"], Hidden: true, FollowLinks: true))));
        Assert.Equal((0, 0, 0, 0, 3), Counts(Index(new())));
        (long Version, PictureChoice Choice) first = Kept();
        Assert.Equal("without raw/, with hidden names, along links", first.Choice.ToString());
        Assert.Equal((0, 0, 0, 0, 3), Counts(Index(new(["raw/"]))));
        Assert.Equal((1, 0, 0, 1, 2), Counts(Index(new([], DryRun: true, Hidden: false))));
        Assert.Equal(first, Kept());
        Assert.Equal((1, 0, 0, 1, 2), Counts(Index(new([], Hidden: false))));
        Assert.Equal((0, 0, 0, 0, 3), Counts(Index(new())));
        Assert.Equal((0, 0, 0, 1, 2), Counts(Index(new(FollowLinks: false))));
        Assert.Equal(PictureChoice.Usual, Kept().Choice);

        (long Version, PictureChoice Choice) Kept()
        {
            using GalleryFolder gallery = Open();
            return (gallery.Version, gallery.Choice);
        }
    }

    [Fact]
    public void Pictures_that_break_leave_and_come_back_when_they_are_mended()
    {
        Put("a.png", "a");
        Put("b.png", "b");
        File.WriteAllBytes(At("empty.png"), []);
        IndexSummary first = Index();
        Assert.Equal("empty.png", Assert.Single(first.Unreadable).Path);
        byte[] whole = File.ReadAllBytes(At("b.png"));
        File.WriteAllBytes(At("b.png"), whole[..(whole.Length / 2)]);
        IndexSummary broken = Index();
        Assert.Equal(["b.png", "empty.png"], broken.Unreadable.Select(p => p.Path));
        Assert.Equal(["a.png"], Rows().Keys);
        Assert.Equal(2, Index().Unreadable.Count);
        File.WriteAllBytes(At("b.png"), whole);
        File.Delete(At("empty.png"));
        Assert.Empty(Index().Unreadable);
        Assert.Equal(["a.png", "b.png"], Rows().Keys.Order(StringComparer.Ordinal));
    }

    // Closed: nothing in it is known. Names only: what they belong to is not.
    [Theory, InlineData(UnixFileMode.None), InlineData(UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead)]
    public void A_folder_that_may_not_be_read_keeps_its_pictures(UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows() || !Powerless.Possible)
        {
            Assert.Skip("needs permissions as Unix has them, for someone who is bound to them");
            return;
        }
        foreach (string name in new[] { "a", "shut/b", "shut/inner/c", "shutter/d" })
            Put($"{name}.png", name);
        File.WriteAllBytes(At("shut/empty.png"), []);
        Index();
        Dictionary<string, float[]> rows = Rows();
        File.Copy(At("shut/b.png"), At("b2.png"));
        File.Delete(At("shutter/d.png"));
        File.SetUnixFileMode(At("shut"), mode);
        try
        {
            foreach (bool dry in new[] { true, false })
            {
                IndexSummary found = Powerless.Run([_folder.Path, At(""), At(".cirrus"), At(".cirrus/lock"), At("shutter")], () => Index(new([], DryRun: dry)));
                Assert.Equal((1, 0, 0, 1, 3), Counts(found));
                Assert.Equal([new("shut", 2)], found.Unread);
                Assert.Equal(["shut/empty.png"], found.Unreadable.Select(p => p.Path));
            }
        }
        finally
        {
            File.SetUnixFileMode(At("shut"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        Assert.Equal(["a.png", "b2.png", "shut/b.png", "shut/inner/c.png"], Rows().Keys.Order(StringComparer.Ordinal));
        Assert.All(Rows().Where(r => r.Key != "b2.png"), r => Assert.Equal(rows[r.Key], r.Value));
        IndexSummary open = Index();
        Assert.Equal((0, 0, 0, 0, 4), Counts(open));
        Assert.Empty(open.Unread);
    }

    [Fact]
    public void A_root_that_may_not_be_read_is_an_error()
    {
        if (OperatingSystem.IsWindows() || !Powerless.Possible)
        {
            Assert.Skip("needs permissions as Unix has them, for someone who is bound to them");
            return;
        }
        Put("a.png", "a");
        File.SetUnixFileMode(At(""), UnixFileMode.None);
        try
        {
            Assert.Contains("cannot be read", Powerless.Run([_folder.Path], () => Assert.Throws<CirrusException>(() => Cirrus.Gallery.PictureFiles.Under(At(""), new([])).Count())).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.SetUnixFileMode(At(""), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    // The disk of the pictures is not there: an empty folder in its place must not empty the gallery.
    [Fact]
    public void An_empty_folder_empties_no_gallery()
    {
        Put("a.png", "a");
        Index();
        File.Delete(At("a.png"));
        Assert.Contains("Nothing was removed", Assert.Throws<CirrusException>(() => Index()).Message, StringComparison.Ordinal);
        Assert.Single(Rows());
    }

    [Fact]
    public void Parts_are_the_same_on_every_machine_and_together_the_whole()
    {
        string[] paths = [.. Enumerable.Range(0, 1000).Select(i => $"holiday/{i}.jpg")];
        IndexShard[] parts = [.. Enumerable.Range(0, 7).Select(i => IndexShard.Parse($"{i}/7"))];
        Assert.All(paths, p => Assert.Single(parts, s => s.Has(p)));
        Assert.All(parts, s => Assert.InRange(paths.Count(s.Has), 100, 190));
        Assert.Equal([5, 2, 6, 4, 5], new[] { "a.jpg", "b/c.jpg", "ü.png", "holiday/0.jpg", "" }.Select(p => parts.Single(s => s.Has(p)).Index));
        foreach (string wrong in new[] { "", "1", "7/7", "-1/7", "1/0", "a/b", "1/2/3", "+1/7" })
            Assert.Throws<CirrusException>(() => IndexShard.Parse(wrong));
    }

    private string At(string name) => Path.Combine(_folder.Path, "photos", name);

    private void Put(string name, string what)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllBytes(At(name), Png.Encode(Scene((ulong)what.Sum(c => c) + (ulong)what.Length), Drawing.ClipSide));
    }

    private GalleryFolder Open() => GalleryFolder.Open(At(".cirrus"));

    private IndexSummary Index(IndexOptions? options = null)
    {
        EmbeddingSpace space = new("playground", _clip.Fingerprint, null, _clip.Config.P, _clip.Preprocessing.ToString(), "exif");
        using GalleryWriter gallery = GalleryFolder.IsOne(At(".cirrus")) ? GalleryWriter.Open(At(".cirrus")) : GalleryWriter.Create(At(".cirrus"), At(""), space);
        return new Indexer(gallery, _clip, options ?? new([])).Run(null, CancellationToken.None);
    }

    private Dictionary<string, float[]> Rows()
    {
        using GalleryFolder gallery = Open();
        return gallery.Items.ToDictionary(i => i.Path, i => gallery.Row(i.Id)!.Value.ToArray());
    }

    private static (int New, int Changed, int Moved, int Gone, int Unchanged) Counts(IndexSummary s) => (s.New, s.Changed, s.Moved, s.Gone, s.Unchanged);

    // 40 pictures, stopped after the ninth of batches of four: what was encoded is kept, and nothing is encoded twice.
    [Fact]
    public void A_stopped_index_goes_on_where_it_was_and_ends_with_the_same_vectors()
    {
        using TempFolder once = new(), twice = new();
        foreach (TempFolder folder in new[] { once, twice })
            for (int i = 0; i < 40; i++)
                File.WriteAllBytes(folder.At($"{i:D2}.png"), Png.Encode(Scene((ulong)i), Drawing.ClipSide));
        using Device device = Device.Open("cpu");
        using ClipModel clip = PlaygroundClip.Load(device);
        EmbeddingSpace space = new("playground", clip.Fingerprint, null, clip.Config.P, clip.Preprocessing.ToString(), "exif");
        using (GalleryWriter gallery = GalleryWriter.Create(once.At(".cirrus"), once.Path, space))
            Assert.Equal(40, new Indexer(gallery, clip, new([])).Run(null, CancellationToken.None).New);
        using CancellationTokenSource stop = new();
        int kept;
        using (GalleryWriter gallery = GalleryWriter.Create(twice.At(".cirrus"), twice.Path, space))
        {
            IndexSummary first = new Indexer(gallery, clip, new([], Batch: 4)).Run(p =>
            {
                if (p.Done == 9)
                    stop.Cancel();
            }, stop.Token);
            Assert.True(first.Interrupted);
            kept = gallery.Count;
            Assert.InRange(kept, 9, 39);
        }
        using (GalleryWriter gallery = GalleryWriter.Open(twice.At(".cirrus")))
        {
            IndexSummary second = new Indexer(gallery, clip, new([], Batch: 4)).Run(null, CancellationToken.None);
            Assert.Equal((40 - kept, kept, false), (second.New, second.Unchanged, second.Interrupted));
        }
        using GalleryFolder a = GalleryFolder.Open(once.At(".cirrus")), b = GalleryFolder.Open(twice.At(".cirrus"));
        foreach ((GalleryItem x, GalleryItem y) in a.Items.Zip(b.Items))
        {
            Assert.Equal((x.Id, x.Path), (y.Id, y.Path));
            Assert.True(a.Row(x.Id)!.Value.Span.SequenceEqual(b.Row(y.Id)!.Value.Span));
        }
    }

    private static byte[] Scene(ulong seed) => Drawing.Draw(World.Random(new Dice(new Philox(seed, 1)), everyPair: true), new Philox(seed, 2), Drawing.ClipSide);
}
