using Cirrus.Clip;
using Cirrus.Methods.CompoDiff;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Methods.CompoDiff;

/// <summary>A network may read fewer positions of a text than its CLIP has; its file says how many.</summary>
public sealed class TextPositionsTests : IDisposable
{
    private const int Positions = 6;
    private const string Long = "abcdefgh", SameStart = "abcdzzzz";           // a token a letter, and start and end

    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;
    private readonly TempFolder _folder = new();

    public TextPositionsTests() => _clip = TinyClip.Create(_device);

    public void Dispose()
    {
        _folder.Dispose();
        _clip.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void A_text_that_is_longer_ends_in_the_end_token()
    {
        int[] ids = _clip.Tokenizer.Encode(Long, TokenizerKind.HuggingFace);
        Assert.Equal(10, ids.Length);
        PromptStates few = new(_clip, Positions);
        Assert.Equal(Positions, few.Length(Long));
        Assert.Equal(4, few.Length("ab"));
        using Arena arena = new(_device);
        float[] expected = [.. _clip.Text.PaddedStates(new(arena), [[.. ids[..(Positions - 1)], ids[^1]]], [Positions]).Floats];
        Assert.Equal(expected, few.Of([new(Long, Positions)], 0)[0]);
    }

    [Fact]
    public void A_text_that_fits_has_the_states_of_all_positions_without_the_last_of_them()
    {
        float[] all = new PromptStates(_clip).Of([new("ab", 4)], 0)[0], few = new PromptStates(_clip, Positions).Of([new("ab", 4)], 0)[0];
        Assert.Equal(Positions * 32, few.Length);
        // Float32 sums of other shapes.
        Golden.Close(all.AsSpan(0, few.Length), few, 1e-5f);
    }

    [Fact]
    public void The_composer_reads_as_many_as_the_file_says()
    {
        using CompoDiffComposer six = Opened("6"), whole = Opened("0");
        Assert.Equal(Query(six, Long), Query(six, SameStart));
        Assert.NotEqual(Query(whole, Long), Query(whole, SameStart));
        Assert.Contains("text_positions many", Assert.Throws<CirrusException>(() => Opened("many")).Message, StringComparison.Ordinal);

        static float[] Query(CompoDiffComposer composer, string text) => composer.Compose([new([[.. Enumerable.Repeat(0.5f, TinyClip.P)]], text)]);
    }

    [Fact]
    public void The_published_layout_takes_networks_of_all_positions_alone()
    {
        using Denoiser six = Network("6"), whole = Network("0");
        Assert.Contains("text_positions=0", Assert.Throws<CirrusException>(() => DenoiserFile.SaveFile(six, _folder.At("six.pt")))
            .Hint, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.At("six.pt")));
        DenoiserFile.SaveFile(whole, _folder.At("whole.pt"));
        using Denoiser found = DenoiserFile.Load(_folder.At("whole.pt"), _device);
        Assert.Equal(whole.Sizes, found.Sizes);
    }

    private CompoDiffComposer Opened(string positions)
    {
        using Denoiser network = Network(positions);
        DenoiserFile.SaveFile(network, _folder.At("model.safetensors"));
        return CompoDiffComposer.Open(_clip, _folder.Path);
    }

    private Denoiser Network(string positions) =>
        new(new(TinyClip.P, 1, 8, 2, 32), _device, NoiseSchedule.Cosine(1000), null, Weights) { Provenance = new Dictionary<string, string> { ["text_positions"] = positions } };

    private static ReadOnlyMemory<float> Weights(DenoiserWeight weight) =>
        new([.. Enumerable.Range(0, (int)weight.Count).Select(i => 0.1f * new Philox(2, (ulong)weight.Name.Length).Normal((ulong)i))]);
}
