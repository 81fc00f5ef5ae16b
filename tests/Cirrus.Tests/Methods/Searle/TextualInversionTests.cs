using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Methods.LinCir;
using Cirrus.Methods.Searle;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Methods.Searle;

public sealed class TextualInversionTests : IDisposable
{
    private static readonly OtiOptions Short = new() { Steps = 12, Batch = 4 };

    private readonly TempFolder _folder = new();
    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;
    private readonly ConceptTable _concepts;
    private readonly PhraseBook _phrases;

    public TextualInversionTests()
    {
        _clip = TinyClip.Create(_device);
        _concepts = ConceptTable.Open(_clip, new(["cat", "red car", "boat", "tree"], "four"));
        _phrases = PhraseBook.Open(null, _clip.Tokenizer);
    }

    public void Dispose()
    {
        _concepts.Dispose();
        _clip.Dispose();
        _device.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_sentence_with_the_word_comes_near_the_picture()
    {
        List<float> losses = [];
        Invert(Pictures(3), Short with { Steps = 120 }, step => losses.Add(step.CosineLoss));
        Assert.True(losses.TakeLast(10).Average() < 0.8f * losses.Take(10).Average(), $"{losses[0]} to {losses[^1]}");
    }

    // AdamW's first step moves every number by its rate, the average by a hundredth of that; decay and rounding are far below.
    [Fact]
    public void The_result_is_the_moving_average()
    {
        float[] picture = Pictures(1),
            start = [.. Enumerable.Range(0, _clip.Config.Text.Width).Select(i => 0.02f * new Philox(2, 2).Normal((ulong)i))];
        using TextualInversion inversion = new(_clip, _concepts, _phrases, new() { Steps = 1 });
        float[] moved = [.. inversion.Refine(picture, start, null, TestContext.Current.CancellationToken).Zip(start, (a, b) => MathF.Abs(a - b))];
        Assert.All(moved, d => Assert.InRange(d, 0, 2.1e-4f));
        Assert.Equal(2e-4f, moved.Max(), 1e-5f);
    }

    // A price in a phrase stays a price: of two places the first alone has the word. float32 in other batches.
    [Fact]
    public void A_step_reads_the_word_at_the_first_place_of_a_phrase()
    {
        float[] picture = Pictures(1), start = [.. Enumerable.Range(0, _clip.Config.Text.Width).Select(i =>
            new Philox(2, 2).Normal((ulong)i))], reference = [.. picture.Reverse()];
        int[] template = _clip.Tokenizer.Encode(ConceptTemplates.Fill(0)), phrase = _clip.Tokenizer.Encode("a $ that costs $5");
        using Inversion inversion = new(_clip, new(), picture, start);
        (float cosine, float phrases) = inversion.Step([template], [phrase], reference);
        using Arena arena = new(_device);
        Assert.Equal(1 - Cosine(Said(template), picture), cosine, 1e-5f);
        Assert.Equal(1 - Cosine(Said(phrase), reference), phrases, 1e-5f);

        float[] Said(int[] ids) => _clip.Text.Forward(new(arena), TokenBatch.From([ids]), arena.From(start, 1, start.Length),
            _clip.Tokenizer.Placeholder, firstOnly: true).Floats.ToArray();

        static float Cosine(float[] x, float[] y) => UnitVectors.Normalize(x).Zip(UnitVectors.Normalize(y), (a, b) => a * b).Sum();
    }

    // With an average that stands still the result is the start: 0.02 times normal numbers, a tenth of that allowed for 960 of them.
    [Fact]
    public void An_inversion_starts_at_small_normal_numbers()
    {
        float[] start = Invert(Pictures(30), new() { Steps = 1, EmaDecay = 0.9999999f });
        Assert.InRange(start.Average(), -0.002f, 0.002f);
        Assert.InRange(MathF.Sqrt(start.Average(x => x * x)), 0.018f, 0.022f);
        Assert.True(start.Max() > 0.05f && start.Min() < -0.05f);
    }

    [Fact]
    public void A_concept_is_the_mean_of_its_sentences_unit_features()
    {
        Assert.Equal(24, ConceptTemplates.All.Distinct().Count());
        Assert.Equal("This is a photo of a  red car ", ConceptTemplates.Fill(0, "red car"));
        using ClipEmbedder embedder = new(_clip);
        float[][] rows = [.. embedder.EmbedTexts([.. Enumerable.Range(0, 24).Select(t => ConceptTemplates.Fill(t, "red car"))]).Chunk(TinyClip.P)];
        float[] mean = [.. Enumerable.Range(0, TinyClip.P).Select(i => rows.Average(r => r[i] / MathF.Sqrt(r.Sum(x => x * x))))];
        Golden.Close(UnitVectors.Normalize(mean), _concepts.Features.Floats.Slice(TinyClip.P, TinyClip.P), 1e-5f);      // sums in another order
    }

    // The same draws in any batch; sums of the attention and of the products are taken row by row, so what differs is rounding, which
    // AdamW's first steps may amplify where a gradient is near zero: far below the steps of 2e-2 that it takes.
    [Fact]
    public void A_picture_does_not_depend_on_its_neighbours()
    {
        float[] pictures = Pictures(6), together = Invert(pictures, Short);
        int w = _clip.Config.Text.Width;
        for (int i = 0; i < 6; i++)
        {
            float[] alone = Invert(pictures[(i * TinyClip.P)..((i + 1) * TinyClip.P)], Short);
            for (int j = 0; j < w; j++)
                Assert.Equal(alone[j], together[(i * w) + j], 1e-4f);
        }
        Assert.Equal(together, Invert(pictures, Short));
        Assert.NotEqual(together, Invert(pictures, Short with { Seed = 1 }));
    }

    [Fact]
    public void A_query_inverts_a_picture_once_and_a_folder_keeps_it()
    {
        float[] a = Pictures(1), b = Pictures(2)[TinyClip.P..];
        string kept = _folder.At("oti");
        float[] first;
        using (SearleOtiComposer composer = new(_clip, Short, kept))
        {
            first = composer.Compose([new([a], "in by x1"), new([a], "in by y2"), new([b], "in by x1"), new([], "in by x1")]);
            Assert.Equal(2, composer.Known);
            Assert.Equal(first, composer.Compose([new([a], "in by x1"), new([a], "in by y2"), new([b], "in by x1"), new([], "in by x1")]));
        }
        using (SearleOtiComposer again = SearleOtiComposer.Open(_clip, kept))
        {
            Assert.Equal(2, again.Known);
            Assert.Equal(first, again.Compose([new([a], "in by x1"), new([a], "in by y2"), new([b], "in by x1"), new([], "in by x1")]));
            Assert.Equal(2, again.Known);
        }
        Assert.Contains("other options", Assert.Throws<CirrusException>(() => new SearleOtiComposer(_clip, Short with { Steps = 13 }, kept)).Message, StringComparison.Ordinal);
        using ClipModel other = TinyClip.Create(_device, seed: 2);
        Assert.Contains("another CLIP", Assert.Throws<CirrusException>(() => new SearleOtiComposer(other, Short, kept)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_s_word_is_refined_towards_its_picture_and_kept()
    {
        float[] picture = Pictures(1);
        using MappingNetwork phi = MappingNetwork.Random(_device, TinyClip.P, _clip.Config.Text.Width, new(1, 1));
        MappingNetworkFile.Save(phi, _folder.At("phi.safetensors"));
        using Composer plain = Method.Find("lincir").Open(_clip, _folder.At("phi.safetensors")),
            refined = Method.Find("lincir-oti").Open(_clip, _folder.At("phi.safetensors"));
        float[] alone = plain.Compose([new([picture], null)]), better = refined.Compose([new([picture], null)]);
        Assert.True(Dot(better) > Dot(alone) + 0.01f, $"{Dot(alone)} to {Dot(better)}");
        Assert.Equal(better, refined.Compose([new([picture], null)]));
        using TextualInversion inversion = new(_clip, _concepts, _phrases, Short);
        Assert.Throws<ArgumentException>(() => inversion.Refine(picture, [1, 2], null, TestContext.Current.CancellationToken));

        float Dot(float[] query) => query.Zip(picture, (a, b) => a * b).Sum() / MathF.Sqrt(picture.Sum(v => v * v));
    }

    [Fact]
    public void Nearest_concepts_are_those_of_the_largest_cosine()
    {
        float[] features = _concepts.Features.Floats.ToArray();
        int[][] nearest = _concepts.Nearest(features, 2);
        Assert.Equal([0, 1, 2, 3], nearest.Select(n => n[0]));
        Assert.All(nearest, n => Assert.Equal(2, n.Length));
        Assert.All(features.Chunk(TinyClip.P), row => Assert.Equal(1, row.Sum(v => v * v), 1e-5f));
    }

    [Fact]
    public void Features_of_a_vocabulary_are_kept_beside_its_file_for_the_same_model_and_names()
    {
        string file = _folder.At("names.txt");
        File.WriteAllLines(file, ["cat", "boat"]);
        using ConceptTable made = ConceptTable.Open(_clip, ConceptVocabulary.Read(file), null, TestContext.Current.CancellationToken);
        string kept = Assert.Single(Directory.GetFiles(_folder.Path, "*.safetensors"));
        int computed = 0;
        using ConceptTable read = ConceptTable.Open(_clip, ConceptVocabulary.Read(file), _ => computed++, TestContext.Current.CancellationToken);
        Assert.Equal(0, computed);
        Assert.Equal(made.Features.Floats.ToArray(), read.Features.Floats.ToArray());
        File.WriteAllLines(file, ["cat", "tree"]);
        using ConceptTable other = ConceptTable.Open(_clip, ConceptVocabulary.Read(file), _ => computed++, TestContext.Current.CancellationToken);
        Assert.Equal(1, computed);
        Assert.Contains(_clip.Fingerprint, kept, StringComparison.Ordinal);
    }

    private float[] Invert(float[] pictures, OtiOptions options, Action<InversionStep>? report = null)
    {
        using TextualInversion inversion = new(_clip, _concepts, _phrases, options);
        return inversion.Invert(pictures, report, TestContext.Current.CancellationToken);
    }

    private static float[] Pictures(int n) => [.. Enumerable.Range(0, n * TinyClip.P).Select(i => new Philox(9, 0).Normal((ulong)i))];
}
