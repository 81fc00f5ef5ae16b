using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Methods.LinCir;
using Cirrus.Methods.Pic2Word;
using Cirrus.Methods.Searle;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Methods;

/// <summary>Which feature a picture's word is made of, and where in the sentence it stands: each method as its released code does it.</summary>
public sealed class PublishedSentencesTests : IDisposable
{
    // A price is a token 259 of its own; "!" is another id in the tokenizer that LinCIR trains with.
    private const string Words = "is red! and costs $5";

    private readonly Device _device = Device.Open("cpu");
    private readonly TempFolder _folder = new();
    private readonly ClipModel _clip;
    private readonly Arena _arena;
    private readonly float[] _picture = [.. Enumerable.Range(0, TinyClip.P).Select(i => 4 * new Philox(1, 9).Normal((ulong)i))];

    public PublishedSentencesTests()
    {
        _clip = TinyClip.Create(_device);
        _arena = new(_device);
        using MappingNetwork phi = MappingNetwork.Random(_device, TinyClip.P, 32, new(5, 0));
        MappingNetworkFile.Save(phi, _folder.At("phi.safetensors"));
        phi.Provenance = new Dictionary<string, string> { ["l2_normalize"] = "true" };
        MappingNetworkFile.Save(phi, _folder.At("normalised.safetensors"));
        using Im2Text network = Im2Text.Random(_device, TinyClip.P, 24, 32, new(6, 0));
        Im2TextFile.Save(network, _folder.At("im2text.safetensors"));
    }

    public void Dispose()
    {
        _arena.Dispose();
        _clip.Dispose();
        _device.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Lincir_puts_the_word_at_every_place_a_price_included()
    {
        Assert.NotEqual(Said(Phi(_picture), "a photo of $ that " + Words, firstOnly: true), Said(Phi(_picture), "a photo of $ that " + Words, firstOnly: false));
        Close(Said(Phi(_picture), "a photo of $ that " + Words, firstOnly: false), Query("lincir", "phi.safetensors"));
    }

    [Fact]
    public void Searle_puts_it_at_the_first() => Close(Said(Phi(_picture), "a photo of $ that " + Words, firstOnly: true), Query("searle", "phi.safetensors"));

    [Fact]
    public void Pic2word_puts_it_at_the_first_too()
    {
        using Im2Text network = Im2TextFile.Load(_folder.At("im2text.safetensors"), _device);
        float[] word = network.Forward(new(_arena), _arena.From(_picture, 1, TinyClip.P)).Floats.ToArray();
        Close(Said(word, "a photo of $ , " + Words, firstOnly: true), Query("pic2word", "im2text.safetensors"));
    }

    // methods: 2.8, 3.4, 6.1; benchmarks: 3.4.
    [Fact]
    public void Captions_of_a_benchmark_are_said_as_each_method_is_published()
    {
        string[] annotators = ["combiner", "clip4cir", "tirg", "artemis", "cirplant", "maaf", "compodiff"];
        Assert.All(Method.All, m => Assert.Equal(m.Name == "pic2word" ? CaptionForm.Pic2Word : annotators.Contains(m.Name) ? CaptionForm.Annotators : CaptionForm.LinCir, m.CaptionForm));
        Assert.Equal(["lincir", "lincir-oti", "searle", "pic2word", "searle-oti"], Method.All.Where(m => m.WritesSentences).Select(m => m.Name));
    }

    [Fact]
    public void Searle_oti_puts_it_at_the_first()
    {
        using SearleOtiComposer composer = new(_clip, new() { Steps = 2 }, _folder.At("oti"));
        float[] query = composer.Compose([new([_picture], Words)]);
        Close(Said(OtiFolder.Read(_folder.At("oti")).Words, "a photo of $ that " + Words, firstOnly: true), query);
    }

    [Fact]
    public void A_network_that_was_trained_on_normalised_features_gets_those()
    {
        Close(Said(Phi(UnitVectors.Normalize(_picture)), "a photo of $ that " + Words, firstOnly: false), Query("lincir", "normalised.safetensors"));
        Assert.True(Query("lincir", "normalised.safetensors").Zip(Query("lincir", "phi.safetensors"), (a, b) => MathF.Abs(a - b)).Max() > 1e-3f);
    }

    [Fact]
    public void A_network_of_another_clip_of_the_same_name_is_refused()
    {
        using MappingNetwork phi = MappingNetworkFile.Load(_folder.At("phi.safetensors"), _device);
        phi.Provenance = new Dictionary<string, string> { ["clip"] = _clip.Config.Name, ["clip_fingerprint"] = "0123456789abcdef" };
        MappingNetworkFile.Save(phi, _folder.At("other.safetensors"));
        foreach (string method in new[] { "lincir", "searle", "lincir-oti" })
            Assert.Contains("0123456789abcdef", Assert.Throws<CirrusException>(() => Query(method, "other.safetensors")).Message, StringComparison.Ordinal);
    }

    private float[] Phi(float[] picture)
    {
        using MappingNetwork phi = MappingNetworkFile.Load(_folder.At("phi.safetensors"), _device);
        return phi.Forward(new(_arena), _arena.From(picture, 1, TinyClip.P)).Floats.ToArray();
    }

    private float[] Said(float[] word, string sentence, bool firstOnly) => UnitVectors.Normalize(_clip.Text.Forward(new(_arena), TokenBatch.From([_clip.Tokenizer.Encode(sentence)]),
        _arena.From(word, 1, 32), _clip.Tokenizer.Placeholder, firstOnly).Floats);

    private float[] Query(string method, string weights)
    {
        using Composer composer = Method.Find(method).Open(_clip, _folder.At(weights));
        return composer.Compose([new([_picture], Words)]);
    }

    // float32 towers, the same rows.
    private static void Close(float[] expected, float[] actual) => Golden.Close(expected, actual, 1e-5f);
}
