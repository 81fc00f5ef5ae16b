using System.Numerics.Tensors;
using Cirrus.Gallery;
using Cirrus.Tensors;

namespace Cirrus.Tests.Gallery;

public sealed class GalleryAnswerTests
{
    private static readonly EmbeddingSpace Space = new("toy", "0123456789abcdef", null, 8, "openai 224", "exif");

    [Fact]
    public void Filters_come_before_ranking_and_k_results_are_given_whenever_k_match()
    {
        using TempFolder folder = new();
        using GalleryFolder gallery = Make(folder, 700);
        float[] queries = [.. Enumerable.Range(0, 3 * 8).Select(i => new Philox(8, 8).Normal((ulong)i))];
        foreach (string? text in new[] { null, "path:a/**", "id:3,5,699", "width>=500", "!path:a/** width<300", "width>9999" })
        {
            ItemFilter? filter = text is null ? null : ItemFilterText.Parse(text);
            StoredRow[] matching = [.. gallery.StoredRows().Where(r => filter is null || filter.Matches(r.Item))];
            IReadOnlyList<IndexAnswer> answers = gallery.Answer(queries, 10, filter, stop: TestContext.Current.CancellationToken);
            Assert.Equal(3, answers.Count);
            for (int q = 0; q < 3; q++)
            {
                ReadOnlyMemory<float> query = queries.AsMemory(q * 8, 8);
                Assert.Equal(matching.Select(r => (r.Item.Id, TensorPrimitives.Dot(query.Span, r.Unit.Span)))
                    .OrderByDescending(r => r.Item2).ThenBy(r => r.Id).Take(10),
                    answers[q].Hits.Select(h => (h.Item.Id, h.Score)));
                Assert.Equal((gallery.Count, matching.Length), ((int)answers[q].Searched, (int)answers[q].Matched));
            }
        }
    }

    [Fact]
    public void A_reader_keeps_its_view_while_a_writer_goes_on()
    {
        using TempFolder folder = new();
        using GalleryFolder before = Make(folder, 300);
        float[] query = [1, 0, 0, 0, 0, 0, 0, 0];
        (long, float)[] found = Hits(before, query);
        using (GalleryWriter writer = GalleryWriter.Open(folder.At(".cirrus")))
        {
            writer.Commit(new() { Added = [Row("new", [1, 0, 0, 0, 0, 0, 0, 0], 1)], Gone = [found[0].Item1] });
            writer.Compact();
        }
        Assert.Equal(found, Hits(before, query));
        using GalleryFolder after = GalleryFolder.Open(folder.At(".cirrus"));
        Assert.Equal("new", after.Search(query, 1)[0].Item.Path);
        Assert.Null(after.Item(found[0].Item1));
        Assert.Null(after.Row(found[0].Item1));
        Assert.Equal(found[1].Item2, TensorPrimitives.Dot<float>(query, after.Row(found[1].Item1)!.Value.Span));
    }

    [Fact]
    public void Codes_stand_beside_large_segments_and_are_made_again_when_they_are_gone_or_damaged()
    {
        using TempFolder folder = new();
        float[] query = [0.5f, 0.5f, 0.5f, 0.5f, 0, 0, 0, 0];
        (long, float)[] found;
        using (GalleryFolder gallery = Make(folder, 9000))
            found = Hits(gallery, query);
        string codes = Assert.Single(Directory.GetFiles(folder.At(".cirrus"), "*.codes"));
        byte[] bytes = File.ReadAllBytes(codes);
        File.WriteAllBytes(codes, bytes[..^1]);
        using (GalleryFolder gallery = GalleryFolder.Open(folder.At(".cirrus")))
            Assert.Equal(found, Hits(gallery, query));
        File.Delete(codes);
        using (GalleryFolder gallery = GalleryFolder.Open(folder.At(".cirrus")))
            Assert.Equal(found, Hits(gallery, query));
    }

    // A flipped bit in a code, a scale or a bound could leave out a row that wins: wherever it is, answers stay those of the rows.
    [Fact]
    public void Damaged_codes_give_no_wrong_answer_and_are_found_and_made_again()
    {
        using TempFolder folder = new();
        float[][] queries = [[0.5f, 0.5f, 0.5f, 0.5f, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, -1, 0, 0, 1, 0]];
        (long, float)[][] found;
        using (GalleryFolder gallery = Make(folder, 9000))
            found = [.. queries.Select(q => Hits(gallery, q))];
        string place = folder.At(".cirrus"), codes = Assert.Single(Directory.GetFiles(place, "*.codes"));
        byte[] whole = File.ReadAllBytes(codes);
        Philox random = new(9, 9);
        for (int i = 0; i < 24; i++)
        {
            int at = i switch { < 8 => random.Integer((ulong)i, 1000), < 14 => whole.Length - 1 - random.Integer((ulong)i, 6000 * 12), _ => random.Integer((ulong)i, whole.Length) };
            byte[] damaged = [.. whole];
            damaged[at] ^= (byte)(1 << random.Integer((ulong)(1000 + i), 8));
            File.WriteAllBytes(codes, damaged);
            using (GalleryFolder gallery = GalleryFolder.Open(place))
                Assert.Equal(found, queries.Select(q => Hits(gallery, q)));
            GalleryCheck check = GalleryCheck.Run(place);
            if (check.Damage is [var damage])
                Assert.Equal((Path.GetFileName(codes), true), (damage.File, damage.Derived));
            else
                Assert.Equal((0, 1), (check.Damage.Count, check.Unchecked));    // a header that no longer says that these are codes of these rows
            GalleryCheck.Repair(place);
            Assert.Equal(whole, File.ReadAllBytes(codes));
            Assert.Equal((8997, 0, 0), GalleryCheck.Run(place) is var now ? (now.Pictures, now.Unchecked, now.Damage.Count) : default);
        }
    }

    [Fact]
    public void A_search_ends_when_it_is_cancelled_though_it_has_begun()
    {
        using TempFolder folder = new();
        using GalleryFolder gallery = Make(folder, 9000);
        float[] query = [1, 0, 0, 0, 0, 0, 0, 0];
        foreach (Action<CancellationTokenSource> search in (Action<CancellationTokenSource>[])[
            stop => gallery.Search(_ => Cancelling(stop, 0f), 1, null, stop.Token),
            stop => gallery.Answer(query, 1, null, _ => Cancelling(stop, true), stop.Token)])
        {
            using CancellationTokenSource stop = new();
            Assert.Throws<OperationCanceledException>(() => search(stop));
        }

        static T Cancelling<T>(CancellationTokenSource stop, T value)
        {
            stop.Cancel();
            return value;
        }
    }

    // Under the searches of six threads snapshots are closed as they are replaced: each answer is whole and right, or the snapshot was closed before it began.
    [Fact]
    public async Task A_snapshot_that_is_closed_while_it_is_searched_stays_until_the_search_has_ended()
    {
        using TempFolder folder = new();
        float[] query = [0.5f, 0.5f, 0.5f, 0.5f, 0, 0, 0, 0];
        GalleryFolder now = Make(folder, 5000);
        (long, float)[] expected = Hits(now, query);
        float[] row = now.Row(1)!.Value.ToArray();
        int answered = 0, late = 0, open = 6;
        Task[] searches = [.. Enumerable.Range(0, 6).Select(t => Task.Run(() =>
        {
            try
            {
                for (int i = 0; i < 150; i++)
                    try
                    {
                        GalleryFolder gallery = Volatile.Read(ref now);
                        switch ((i + t) % 4)
                        {
                            case 0:
                                Assert.Equal(row, gallery.StoredRows().First(r => r.Item.Id == 1).Unit.ToArray());
                                break;
                            case 1:
                                Assert.Equal(expected[0].Item2, gallery.Search(r => TensorPrimitives.Dot(r, query), 1)[0].Score);
                                break;
                            default:
                                Assert.Equal(expected, Hits(gallery, query));
                                break;
                        }
                        Interlocked.Increment(ref answered);
                    }
                    catch (ObjectDisposedException)
                    {
                        Interlocked.Increment(ref late);
                    }
            }
            finally
            {
                Interlocked.Decrement(ref open);
            }
        }, TestContext.Current.CancellationToken))];
        while (Volatile.Read(ref open) > 0)
            Interlocked.Exchange(ref now, GalleryFolder.Open(folder.At(".cirrus"))).Dispose();
        await Task.WhenAll(searches);
        Assert.Equal(6 * 150, answered + late);
        Assert.True(answered > 0);
        now.Dispose();
        now.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Hits(now, query));
        Assert.Throws<ObjectDisposedException>(() => now.Row(1));
        Assert.Throws<ObjectDisposedException>(() => now.StoredRows().Any());
    }

    [Fact]
    public void Groups_of_near_pictures()
    {
        using TempFolder folder = new();
        using (GalleryWriter writer = GalleryWriter.Create(folder.At(".cirrus"), folder.Path, Space))
            writer.Commit(new()
            {
                Added =
                [
                    Row("a", [1, 0, 0, 0, 0, 0, 0, 0], 1), Row("b", [0, 1, 0, 0, 0, 0, 0, 0], 1), Row("a again", [2, 0.1f, 0, 0, 0, 0, 0, 0], 1),
                    Row("c", [0, 0, 1, 0, 0, 0, 0, 0], 1), Row("b again", [0, 3, 0, 0, 0, 0, 0, 0], 1),
                    Row("near a again", [2, 0.3f, 0, 0, 0, 0, 0, 0], 1),
                ],
            });
        using GalleryFolder gallery = GalleryFolder.Open(folder.At(".cirrus"));
        Assert.Equal(["a, a again, near a again", "b, b again"], gallery.Duplicates(0.994f,
            stop: TestContext.Current.CancellationToken).Select(g => string.Join(", ", g.Select(i => i.Path))));
        Assert.Equal(["a, a again"], gallery.Duplicates(0.994f, ItemFilterText.Parse("path:a*"),
            stop: TestContext.Current.CancellationToken).Select(g => string.Join(", ", g.Select(i => i.Path))));
        Assert.Empty(gallery.Duplicates(1.1f, stop: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Noise_is_what_the_best_of_unrelated_pictures_reach()
    {
        Philox random = new(4, 2);
        float[] noise = [.. Enumerable.Range(0, 1024).Select(i => 0.2f + (0.03f * random.Normal((ulong)i)))];
        Assert.InRange(NoiseLevel.Of([.. noise], 1024)!.Value.Chance, 0.27f, 0.33f);
        float[] withHits = [.. noise.Skip(20), .. Enumerable.Repeat(0.9f, 20)];
        Assert.InRange(NoiseLevel.Of(withHits, 1024)!.Value.Chance, 0.27f, 0.33f);
        Assert.True(NoiseLevel.Of([.. noise], 1_000_000)!.Value.Chance > NoiseLevel.Of([.. noise], 1024)!.Value.Chance);
        Assert.Null(NoiseLevel.Of([0.1f, 0.2f], 2));
        Assert.Null(NoiseLevel.Of(new float[100], 100));
    }

    [Fact]
    public void The_best_is_never_cut()
    {
        NoiseLevel noise = new(0.2f, 0.3f);
        Assert.Equal(0.3f, noise.CutAt(0.9f));
        Assert.Equal(0.248f, noise.CutAt(0.26f), 1e-6f);
        Assert.Equal(0.1f, noise.CutAt(0.1f));
    }

    private static (long, float)[] Hits(GalleryFolder gallery, float[] query) => [.. gallery.Search(query, 5).Select(h => (h.Item.Id, h.Score))];

    /// <summary>Rows with ties, in two segments, some of them gone.</summary>
    private static GalleryFolder Make(TempFolder folder, int count)
    {
        Philox random = new(6, 6);
        using (GalleryWriter writer = GalleryWriter.Create(folder.At(".cirrus"), folder.Path, Space))
        {
            StoredRow[] rows = [.. Enumerable.Range(0, count).Select(i => Row($"{(i % 3 == 0 ? "a" : "b")}/{i}",
                [.. Enumerable.Range(0, 8).Select(d => (float)(random.Integer((ulong)((i * 8) + d), 5) - 2) + 0.1f)], 1 + (i * 7 % 1000)))];
            writer.Commit(new() { Added = rows[..(count / 3)] });
            writer.Commit(new() { Added = rows[(count / 3)..], Gone = [2, 7, 100] });
        }
        return GalleryFolder.Open(folder.At(".cirrus"));
    }

    private static StoredRow Row(string path, float[] feature, int width) => StoredRow.Of(new(0, path, 1, 2, path, width, 480), feature);
}
