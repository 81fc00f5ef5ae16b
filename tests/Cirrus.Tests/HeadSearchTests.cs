using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Imaging;
using Cirrus.Methods;
using Cirrus.Methods.Artemis;
using Cirrus.Methods.CompoDiff;
using Cirrus.Methods.Maaf;
using Cirrus.Playground;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests;

/// <summary>Heads whose score is no cosine, or that look at patches, in a search over a gallery of files.</summary>
public sealed class HeadSearchTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;

    public HeadSearchTests()
    {
        _clip = TinyClip.Create(_device);
        _clip.Save(_folder.At("model"), StoredType.F32, new Dictionary<string, string>());
        Directory.CreateDirectory(_folder.At("photos"));
        for (ulong i = 0; i < 6; i++)
            File.WriteAllBytes(Photo(i),
                Png.Encode(Drawing.Draw(World.Random(new Dice(new Philox(i, 1)), everyPair: true), new Philox(i, 2), 32), 32));
        using GalleryWriter gallery = GalleryWriter.Create(_folder.At("photos/.cirrus"), _folder.At("photos"),
            new("tiny", _clip.Fingerprint, _folder.At("model"), TinyClip.P, _clip.Preprocessing.ToString(), "exif"));
        new Indexer(gallery, _clip, new([])).Run(null, CancellationToken.None);
    }

    public void Dispose()
    {
        _clip.Dispose();
        _device.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Artemis_ranks_a_gallery_by_its_masked_terms()
    {
        string weights = _folder.At("artemis.safetensors");
        using (ArtemisNetwork network = ArtemisNetwork.Random(_device, TinyClip.P, new Philox(4, 0)))
            network.Save(weights);
        using Retriever retriever = Retriever.Open(_folder.At("photos"), weights: weights);
        using Composer composer = ArtemisNetwork.Open(_clip, weights);
        IReadOnlyList<MaskedTerm> terms = composer.ComposeMasked([new([retriever.Gallery.RawFeature(1)!], "is red")])![0];
        SearchAnswer answer = retriever.Search(new ComposedQuery([new(Id: 1)], "is red") { Method = "artemis" }, 4);
        Assert.Equal(retriever.Gallery.Items.Where(i => i.Id != 1)
            .OrderByDescending(i => MaskedTerm.Score(terms, retriever.Gallery.Row(i.Id)!.Value.Span)).Select(i => i.Id).Take(4),
            answer.Hits.Select(h => h.Id));
        float[] grass = UnitVectors.Normalize(Text("grass")), people = UnitVectors.Normalize(Text("people"));
        SearchAnswer more = retriever.Search(new ComposedQuery([new(Id: 1)], "is red", And: ["grass"], Without: [new("people")]) { Method = "artemis" }, 6);
        foreach (SearchHit hit in more.Hits)
        {
            float[] row = retriever.Gallery.Row(hit.Id)!.Value.ToArray();
            Assert.Equal(MaskedTerm.Score(terms, row) + Dot(grass, row) - (0.5f * Dot(people, row)), hit.Score, 1e-5f);
        }
    }

    [Fact]
    public void Maaf_reads_the_picture_again_and_says_so_when_it_is_gone()
    {
        string weights = _folder.At("maaf.safetensors");
        using (MaafNetwork network = MaafNetwork.Random(_clip, 1, 16, new Philox(4, 0)))
            network.Save(weights);
        using Retriever retriever = Retriever.Open(_folder.At("photos"), weights: weights);
        SearchAnswer answer = retriever.Search(new ComposedQuery([new(File: Photo(0))], "is red") { Method = "maaf" }, 3);
        long id = retriever.Gallery.Items.Single(i => i.Path == "p0.png").Id;
        Assert.Equal(answer.Hits.Select(h => (h.Id, h.Score)), retriever.Search(new ComposedQuery([new(Id: id)], "is red") { Method = "maaf" }, 3).Hits.Select(h => (h.Id, h.Score)));
        File.Delete(Photo(0));
        CirrusException e = Assert.Throws<CirrusException>(() => retriever.Search(new ComposedQuery([new(Id: id)], "is red") { Method = "maaf" }, 3));
        Assert.Contains("p0.png", e.Message, StringComparison.Ordinal);
        Assert.Contains("maaf", e.Hint, StringComparison.Ordinal);
        Assert.Equal(3, retriever.Search(new ComposedQuery([], "is red") { Method = "maaf" }, 3).Hits.Count);
    }

    [Fact]
    public void CompoDiff_is_told_words_to_avoid_and_a_mask_and_others_refuse_them()
    {
        string weights = CompoDiff();
        using Retriever retriever = Retriever.Open(_folder.At("photos"), weights: weights);
        using Composer composer = CompoDiffComposer.Open(_clip, weights);
        SamplingOptions options = new() { Steps = 3, Seed = 8 };
        ComposedQuery query = new([new(File: Photo(0))], "is red", Without: [new("people")]) { Method = "compodiff" };
        float Expected(Composition asked, SearchHit hit) => Dot(composer.Compose([asked]), retriever.Gallery.Row(hit.Id)!.Value.ToArray());
        float[] picture = retriever.Gallery.RawFeature(retriever.Gallery.Items.Single(i => i.Path == "p0.png").Id)!;
        foreach (SearchHit hit in retriever.Search(query with { Sampling = options }, 3).Hits)
            Assert.Equal(Expected(new([picture], "is red", Avoided: ["people"], Sampling: options), hit), hit.Score, 1e-5f);
        PictureMask mask = new(null, (0, 0, 16, 32));
        (float[] pixels, float[] over) = Indexer.InputOf(retriever.Gallery.Space, 100).ReadMasked(Photo(0), mask);
        using ClipEmbedder embedder = new(_clip);
        foreach (SearchHit hit in retriever.Search(query with { Mask = mask, Without = null }, 3).Hits)
            Assert.Equal(Expected(new([embedder.EmbedImages([pixels])], "is red", Mask: over), hit), hit.Score, 1e-5f);
        Assert.Throws<CirrusException>(() => retriever.Search(query with { Mask = mask, Pictures = [new(Id: 1), new(Id: 2)] }, 3));
        Assert.Throws<CirrusException>(() => retriever.Search(query with { Mask = mask, Method = "sum" }, 3));
        Assert.Throws<CirrusException>(() => retriever.Search(query with { Sampling = options, Method = "sum" }, 3));
    }

    // The demo's 512 × 512: methods 5.8.
    [Fact]
    public void CompoDiff_is_given_a_squeezed_picture_and_mask_where_the_demo_is_asked_for()
    {
        string weights = CompoDiff();
        using Retriever retriever = Retriever.Open(_folder.At("photos"), weights: weights);
        using Composer composer = CompoDiffComposer.Open(_clip, weights);
        PictureCrop crop = new(0, 0, 0.5f, 1);
        SamplingOptions keeping = new() { Steps = 3 }, squeezing = keeping with { SqueezeCompat = true };
        Picture half = crop.Of(ImageFile.Decode(File.ReadAllBytes(Photo(0)), "p0", Orientation.Exif, 1));
        ComposedQuery query = new([new(File: Photo(0)) { Crop = crop }], "is red") { Method = "compodiff" };
        Assert.Equal((16, 32), (half.Width, half.Height));
        Found(new([Feature(half)], "is red", Sampling: keeping), query with { Sampling = keeping });
        Found(new([Feature(Square(half))], "is red", Sampling: squeezing), query with { Sampling = squeezing });

        Picture whole = ImageFile.Decode(File.ReadAllBytes(Photo(1)), "p1", Orientation.Exif, 1);
        long id = retriever.Gallery.Items.Single(i => i.Path == "p1.png").Id;
        Found(new([Feature(Square(whole))], "is red", Sampling: squeezing), query with { Pictures = [new(Id: id)], Sampling = squeezing });

        // Of the left half, which is twice as high as wide, the lower half is hidden: squeezed, it is the lower half still.
        PictureMask mask = new(null, (0, 16, 16, 16));
        float[] over = [.. Enumerable.Range(0, 256).Select(i => i >= 128 ? 1f : 0)];
        Found(new([Feature(Square(half), over)], "is red", Mask: over, Sampling: squeezing), query with { Mask = mask, Sampling = squeezing });

        void Found(Composition asked, ComposedQuery query)
        {
            float[] expected = composer.Compose([asked]);
            SearchAnswer answer = retriever.Search(query, 3);
            Assert.NotEmpty(answer.Hits);
            Assert.All(answer.Hits, hit => Assert.Equal(Dot(expected, retriever.Gallery.Row(hit.Id)!.Value.ToArray()), hit.Score, 1e-5f));
        }

        static Picture Square(Picture picture) => Resample.Bicubic(picture.ToRgb(), 512, 512);

        float[] Feature(Picture picture, float[]? hidden = null)
        {
            float[] pixels = new float[3 * 16 * 16];
            _clip.Preprocessing.Apply(picture, pixels);
            using ClipEmbedder embedder = new(_clip);
            return embedder.EmbedImages([pixels.Select((v, i) => v * (1 - (hidden?[i % 256] ?? 0))).ToArray()]);
        }
    }

    /// <summary>The folder of a random network.</summary>
    private string CompoDiff()
    {
        using Denoiser network = Denoiser.Random(new(TinyClip.P, 1, 8, 2, 32, 4), _device, new Philox(4, 0));
        DenoiserFile.Save(network, _folder.At("compodiff"));
        return _folder.At("compodiff");
    }

    private string Photo(ulong i) => _folder.At($"photos/p{i}.png");

    private float[] Text(string text)
    {
        using ClipEmbedder embedder = new(_clip);
        return embedder.EmbedTexts([text]);
    }

    private static float Dot(float[] x, float[] y) => x.Zip(y, (a, b) => a * b).Sum();
}
