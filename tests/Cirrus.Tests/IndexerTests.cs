using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Tests;

public sealed class IndexerTests
{
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
