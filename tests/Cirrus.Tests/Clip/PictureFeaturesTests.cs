using Cirrus.Clip;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Clip;

public sealed class PictureFeaturesTests : IDisposable
{
    private const int Count = 600, Torn = 128;

    private readonly TempFolder _folder = new();
    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;
    private int _reads;

    public PictureFeaturesTests() => _clip = TinyClip.Create(_device);

    public void Dispose()
    {
        _clip.Dispose();
        _device.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Features_are_those_of_the_embedder_and_a_torn_picture_has_none()
    {
        List<string> said = [];
        PictureFeatures features = PictureFeatures.OfTraining(_clip, Set(), null, said.Add, TestContext.Current.CancellationToken);
        using ClipEmbedder embedder = new(_clip);
        foreach (int place in new[] { 0, Torn - 1, Torn + 1, Count - 1 })
            Assert.Equal(embedder.EmbedImages([Pixels(place)]), features[place].ToArray());
        Assert.True(features[Torn].IsEmpty);
        Assert.Equal("left out: 128: it is torn", Assert.Single(said));
        Assert.Equal((Count, Count - 1), (features.Count, features.Embedded));
    }

    [Fact]
    public void What_is_kept_is_not_computed_again()
    {
        PictureFeatures first = Of(_clip, Set());
        Assert.Equal(Count, _reads);
        PictureFeatures second = Of(_clip, Set());
        Assert.Equal(first.Rows, second.Rows);
        Assert.Equal(0, second.Embedded);
        Assert.Equal(Count + 1, _reads);                              // the torn one is tried again
        string[] segments = [.. Directory.GetFiles(_folder.Path).Order(StringComparer.Ordinal)];
        Assert.Equal(3, segments.Length);
        File.Delete(segments[1]);
        PictureFeatures third = Of(_clip, Set());
        Assert.Equal(first.Rows, third.Rows);
        Assert.InRange(third.Embedded, 1, 2 * 256);
    }

    [Fact]
    public void Features_of_another_model_or_set_are_not_taken()
    {
        Of(_clip, Set());
        Of(_clip, Set("others"));
        using ClipModel other = TinyClip.Create(_device, seed: 2);
        Of(other, Set("others"));
        Assert.Equal(3 * Count, _reads);
    }

    [Fact]
    public void Stopped_and_resumed_it_computes_nothing_twice_and_ends_with_the_same_bits()
    {
        float[] whole = PictureFeatures.Of(_clip, Set(), stop: TestContext.Current.CancellationToken).Rows;
        using CancellationTokenSource stop = new();
        FeatureCache cache = Cache(_clip, "set");
        int embedded = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => PictureFeatures.Of(_clip, Set(), cache, (done, _) =>
        {
            embedded = done;
            if (done > 300)
                stop.Cancel();
        }, stop.Token));
        Assert.InRange(embedded, 301, Count - 1);
        PictureFeatures resumed = Of(_clip, Set());
        Assert.Equal(whole, resumed.Rows);
        Assert.Equal(Count - embedded, resumed.Embedded);
    }

    [Fact]
    public void A_failing_reader_leaves_what_was_computed()
    {
        PictureSet failing = Set() with { Read = (i, _) => i == 500 ? throw new InvalidOperationException("a mistake") : Pixels(i) };
        Assert.Throws<InvalidOperationException>(() => Of(_clip, failing));
        Assert.InRange(Of(_clip, Set()).Embedded, Count - 500, Count - 480);
    }

    [Fact]
    public void Equal_pictures_are_computed_once_whatever_is_read_first()
    {
        PictureReader slow = (i, _) =>
        {
            Interlocked.Increment(ref _reads);
            Thread.Sleep(i % 10 == 3 ? 20 : 0);
            return Pixels(i % 10);
        };
        PictureSet twice = Set() with { KeyOf = i => $"{i % 10}", Read = slow };
        PictureFeatures features = Of(_clip, twice);
        Assert.Equal((10, 10), (_reads, features.Embedded));
        using ClipEmbedder embedder = new(_clip);
        for (int i = 0; i < 20; i++)
            Assert.Equal(embedder.EmbedImages([Pixels(i % 10)]), features[i].ToArray());
    }

    private PictureFeatures Of(ClipModel clip, PictureSet pictures) =>
        PictureFeatures.Of(clip, pictures, Cache(clip, pictures.Fingerprint), stop: TestContext.Current.CancellationToken);

    private FeatureCache Cache(ClipModel clip, string set) => new(_folder.Path, new Dictionary<string, string> { ["model"] = clip.Fingerprint, ["pictures"] = set });

    private PictureSet Set(string fingerprint = "set") => new([.. Enumerable.Range(0, Count).Select(i => $"{i}")], fingerprint, (i, _) =>
    {
        Interlocked.Increment(ref _reads);
        return i == Torn ? throw new CirrusException("it is torn", hint: "mend it") : Pixels(i);
    });

    private static float[] Pixels(int place) => [.. Enumerable.Range(0, 3 * 16 * 16).Select(k => ((place * 31) + k) % 17 / 17f)];
}
