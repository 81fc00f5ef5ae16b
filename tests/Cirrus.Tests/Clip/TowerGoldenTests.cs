using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Tests.Clip;

/// <summary>Both towers against openai/CLIP, open_clip and transformers, run in float32 (../shared/golden/clip and grad).</summary>
public sealed class TowerGoldenTests
{
    // The originals differ among themselves and from float64 by 1.3e-6 on values up to 3.2; the fixtures ask for 2e-5 of
    // the largest value.
    private const float Features = 2e-5f;

    public static TheoryData<string, string> Layouts => new()
    {
        { "clip-a-hf", "clip-a" },
        { "clip-a.torchscript.pt", "clip-a" },
        { "clip-b.openclip.safetensors", "clip-b" },
        { "clip-gelu-hf", "clip-gelu" },
    };

    [Theory, MemberData(nameof(Layouts))]
    public void Features_match_the_original(string weights, string io)
    {
        using Device device = Device.Open("cpu");
        using TempFolder folder = new();
        using ClipModel clip = ClipModel.Load(WithVocabulary(folder, weights), device);
        using Golden golden = new(Shared.Need($"golden/clip/{io}.io.safetensors"));
        using Arena arena = new(device);
        Graph g = new(arena);
        Golden.Close(golden.Floats("text_features"), clip.Text.Forward(g, TokenBatch.From(golden.Rows("ids"))).Floats, Features);
        Tensor pixels = arena.From(golden.Floats("pixels"), golden.Shape("pixels"));
        Golden.Close(golden.Floats("image_features"), clip.Vision.Forward(g, pixels).Floats, Features);
        Golden.Close([MathF.Exp(golden.Floats("logit_scale")[0])], [clip.LogitScale], 1e-6f);
        Assert.Equal(16, clip.Fingerprint.Length);
    }

    [Theory, InlineData("a", "clip-a-hf"), InlineData("b", "clip-b.openclip.safetensors"), InlineData("gelu", "clip-gelu-hf")]
    public void Gradient_to_the_pseudo_words_matches_the_original(string name, string weights)
    {
        using Device device = Device.Open("cpu");
        using TempFolder folder = new();
        using ClipModel clip = ClipModel.Load(WithVocabulary(folder, weights), device);
        using Golden golden = new(Shared.Need($"golden/grad/grad-{name}.safetensors"));
        using Arena arena = new(device);
        Graph g = new(arena);
        Tensor pseudo = arena.From(golden.Floats("pseudo"), golden.Shape("pseudo"));
        g.Watch(pseudo);
        Tensor output = clip.Text.Forward(g, TokenBatch.From(golden.Rows("ids")), pseudo);
        Golden.Close(golden.Floats("out"), output.Floats, Features);
        Tensor loss = g.MeanSquaredError(output, arena.From(golden.Floats("target"), golden.Shape("target")));
        Golden.Close(golden.Floats("loss"), loss.Floats, 1e-6f);
        g.Backward(loss);
        Golden.Close(golden.Floats("grad_pseudo"), g.Gradient(pseudo).Floats, 1e-5f);
    }

    [Theory, InlineData("clip-a-hf", "clip-a"), InlineData("clip-b.openclip.safetensors", "clip-b")]
    public void Logits_and_other_padding_match_the_original(string weights, string io)
    {
        using Device device = Device.Open("cpu");
        using TempFolder folder = new();
        using ClipModel clip = ClipModel.Load(WithVocabulary(folder, weights), device);
        using ClipEmbedder embedder = new(clip);
        using Golden golden = new(Shared.Need($"golden/clip/{io}.io.safetensors"));
        float[] texts = embedder.EmbedTokens(golden.Rows("ids"));
        Assert.Equal(texts, embedder.EmbedTokens(golden.Rows("ids_end_padded")));
        float[][] text = Unit(texts, clip.Config.P), picture = Unit(
            embedder.EmbedImages([.. golden.Floats("pixels").Chunk(3 * clip.Config.Vision.ImageSize * clip.Config.Vision.ImageSize)
            .Select(p => new ReadOnlyMemory<float>(p))]), clip.Config.P);
        Golden.Close(golden.Floats("logits_per_image"),
            [.. picture.SelectMany(p => text.Select(t => clip.LogitScale * p.Zip(t, (a, b) => a * b).Sum()))], Features);
    }

    // The second masks belong to other captions: some hide real tokens, some show padding.
    [Theory, InlineData("text_last_hidden_masked", "attention_mask"), InlineData("text_last_hidden_masked_other", "attention_mask_other")]
    public void States_of_padded_captions_match_the_original(string expected, string mask)
    {
        using Device device = Device.Open("cpu");
        using TempFolder folder = new();
        using ClipModel clip = ClipModel.Load(WithVocabulary(folder, "clip-gelu-hf"), device);
        using Golden golden = new(Shared.Need("golden/clip/clip-gelu.io.safetensors"));
        using Arena arena = new(device);
        Tensor states = clip.Text.PaddedStates(new(arena), golden.Rows("ids")[1..3], [.. golden.Rows(mask)[1..3].Select(m => m.Sum())]);
        Golden.Close(golden.Floats(expected), states.Floats, Features);
    }

    [Fact]
    public void A_model_saved_here_loads_with_the_same_features()
    {
        using Device device = Device.Open("cpu");
        using TempFolder folder = new();
        using ClipModel clip = ClipModel.Load(WithVocabulary(folder, "clip-a-hf"), device);
        clip.Save(folder.At("again"), StoredType.F32, new Dictionary<string, string>());
        using ClipModel again = ClipModel.Load(folder.At("again"), device);
        Assert.Equal(clip.Fingerprint, again.Fingerprint);
        Assert.Equal(clip.Config with { Name = "again" }, again.Config);
    }

    private static float[][] Unit(float[] rows, int p) =>
        [.. rows.Chunk(p).Select(r => r.Select(v => v / MathF.Sqrt(r.Sum(w => w * w))).ToArray())];

    /// <summary>A copy of the fixture with the cut vocabulary beside it.</summary>
    private static string WithVocabulary(TempFolder folder, string weights)
    {
        string from = Shared.Need($"golden/clip/{weights}");
        File.Copy(Shared.Need("golden/clip/tiny-bpe-600.txt.gz"), folder.At("bpe_simple_vocab_16e6.txt.gz"), overwrite: true);
        foreach (string file in Directory.Exists(from) ? Directory.GetFiles(from) : [from])
            File.Copy(file, folder.At(Path.GetFileName(file)), overwrite: true);
        return Directory.Exists(from) ? folder.Path : folder.At(Path.GetFileName(from));
    }
}
