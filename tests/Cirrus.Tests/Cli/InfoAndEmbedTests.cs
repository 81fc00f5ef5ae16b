using System.Globalization;
using System.Text;
using System.Text.Json;
using Cirrus.Cli;
using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Methods;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;
using Cirrus.Training;

namespace Cirrus.Tests.Cli;

public sealed class InfoAndEmbedTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Device _device = Device.Open("cpu");
    private readonly string _model;
    private readonly float[] _expected;

    public InfoAndEmbedTests()
    {
        _model = _folder.At("tiny");
        using ClipModel clip = TinyClip.Create(_device);
        clip.Save(_model, StoredType.F32, new Dictionary<string, string> { ["made by"] = "a test" });
        using ClipEmbedder embedder = new(clip);
        _expected = embedder.EmbedTexts(["a b", "c"]);
    }

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_model_is_described_without_loading_it()
    {
        string text = await Done("info", _model);
        Assert.Contains("layout          Hugging Face\n", text, StringComparison.Ordinal);
        Assert.Contains("text tower      width 32, 2 layers, 2 heads, MLP 64, 77 tokens, vocabulary 514, QuickGelu\n", text,
            StringComparison.Ordinal);
        Assert.Contains("image tower     width 32, 1 layers, 2 heads, MLP 64, patch 8, pictures 16x16, QuickGelu\n", text, StringComparison.Ordinal);
        Assert.Contains("parameters      52,097 (text 36,576, image 15,520)\n", text, StringComparison.Ordinal);
        Assert.Contains("stored as       F32\n", text, StringComparison.Ordinal);
        Assert.Contains("tokenizer       vocab.json\n", text, StringComparison.Ordinal);
        Assert.Contains("made by         a test\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("logit_scale", text, StringComparison.Ordinal);
        Assert.Contains("F32             logit_scale []\n", await Done("info", _model, "--tensors"), StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(await Done("info", _model, "--tensors", "--json"));
        Assert.Equal((JsonValueKind.Number, "a test", "tiny"), (json.RootElement.GetProperty("jointSize").ValueKind,
            json.RootElement.GetProperty("madeBy").GetString(), Path.GetFileName(_model)));
        Assert.Contains("logit_scale []", json.RootElement.GetProperty("F32").EnumerateArray().Select(t => t.GetString()));
    }

    [Fact]
    public async Task A_file_of_tensors_is_listed()
    {
        TorchWriter.Write(_folder.At("phi.pt"), 3, "Phi", [new("layers.0.bias", StoredType.F16, [2], () => new float[2])]);
        string text = await Done("info", _folder.At("phi.pt"));
        Assert.Contains("tensors         1 (2 numbers)\nepoch           3\nF16             Phi.layers.0.bias [2]\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gallery_and_a_run_are_recognised()
    {
        using (GalleryWriter.Create(_folder.At("photos/.cirrus"), _folder.At("photos"), new("tiny", "0123", null, 16, "openai 16", "exif")))
            Assert.Contains("pictures        0\n", await Done("info", _folder.At("photos")), StringComparison.Ordinal);
        using (RunFolder.Create(_folder.At("run"), "lincir", JsonDocument.Parse("{\"steps\":5}").RootElement, new Dictionary<string, string> { ["clip"] = "0123" }))
        {
            string text = await Done("info", _folder.At("run"));
            Assert.Contains("method          lincir\n", text, StringComparison.Ordinal);
            Assert.Contains("clip            0123\n", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_method_tells_what_the_parts_of_a_query_mean()
    {
        foreach (Method method in Method.All)
        {
            string text = await Done("info", method.Name);
            Assert.Contains(
                $"--image-weight  {method.ImageWeightMeaning}\npictures        {method.PicturesMeaning}\n--without       {method.WithoutMeaning}\n",
                    text, StringComparison.Ordinal);
            Assert.Equal(method.WritesSentences, text.Contains("--prompts", StringComparison.Ordinal));
            Assert.All(method.Also, name => Assert.Same(method, Method.Find(name)));
        }
        Assert.Contains("method          sum\nalso called     average\n", await Done("info", "average"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_nothing_of_these_is_an_error_with_a_hint()
    {
        Directory.CreateDirectory(_folder.At("empty"));
        foreach (string path in new[] { _folder.At("missing"), _folder.At("empty"), Path.Combine(_model, "vocab.json") })
            Assert.NotEmpty((await Assert.ThrowsAsync<CirrusException>(() => Verbs.Invoke(["info", path], TextWriter.Null, TextWriter.Null))).Hint);
    }

    [Fact]
    public async Task Texts_become_a_line_of_json_each()
    {
        string[] lines = (await Done("embed", "-m", _model, "--raw", "a b", "c")).TrimEnd('\n').Split('\n');
        for (int i = 0; i < 2; i++)
        {
            JsonElement line = JsonDocument.Parse(lines[i]).RootElement;
            Assert.Equal(i == 0 ? "a b" : "c", line.GetProperty("text").GetString());
            Assert.Equal(_expected[(i * 16)..((i + 1) * 16)], line.GetProperty("vector").EnumerateArray().Select(v => v.GetSingle()));
        }
        float[] unit = [.. JsonDocument.Parse(await Done("embed", "-m", _model, "c")).RootElement.GetProperty("vector")
            .EnumerateArray().Select(v => v.GetSingle())];
        Assert.Equal(1, unit.Sum(v => v * v), 1e-5f);
        Assert.Equal(_expected[16] / _expected[17], unit[0] / unit[1], 1e-4f);
    }

    [Fact]
    public async Task A_npy_file_has_the_rows_of_texts_and_ids()
    {
        using ClipModel clip = TinyClip.Create(_device);
        File.WriteAllLines(_folder.At("texts"), ["a b"]);
        File.WriteAllLines(_folder.At("ids"), [$"[{string.Join(", ", clip.Tokenizer.Encode("c"))}]"]);
        StringWriter error = new();
        Assert.Equal(ExitCode.Done, await Verbs.Invoke(["embed", "-m", _model, "--raw", "--texts", _folder.At("texts"), "--ids",
            _folder.At("ids"), "--format", "npy", "-o", _folder.At("v.npy")],
            TextWriter.Null, error));
        Assert.Contains("2 vectors of 16 numbers", error.ToString(), StringComparison.Ordinal);
        byte[] bytes = File.ReadAllBytes(_folder.At("v.npy"));
        Assert.Equal(0, (bytes.Length - (_expected.Length * 4)) % 64);
        Assert.Equal("\u0093NUMPY\u0001\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (2, 16), }",
            Encoding.Latin1.GetString(bytes)[..128].TrimEnd());
        Assert.Equal(_expected, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes.AsSpan(128)).ToArray());
        Assert.False(File.Exists(_folder.At("v.npy.tmp")));
    }

    [Fact]
    public async Task A_text_that_was_cut_is_told()
    {
        StringWriter error = new();
        await Verbs.Invoke(["embed", "-m", _model, new string('a', 100), "b"], TextWriter.Null, error);
        Assert.Contains("1 of 2 texts had more than 77 tokens", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--format", "npy", "a")]
    [InlineData("--form", "npy", "a")]
    [InlineData("--format", "csv", "a")]
    public async Task A_wrong_option_is_a_usage_error(params string[] rest) =>
        Assert.Equal(ExitCode.Usage, await Verbs.Invoke(["embed", "-m", _model, .. rest], TextWriter.Null, TextWriter.Null));

    [Theory]
    [InlineData("1 2 x", "line 1 of")]
    [InlineData("", "empty")]
    [InlineData("1 99999", "99999")]
    public async Task Ids_that_are_none_are_an_error(string line, string message)
    {
        File.WriteAllLines(_folder.At("ids"), [line]);
        CirrusException e = await Assert.ThrowsAsync<CirrusException>(() =>
            Verbs.Invoke(["embed", "-m", _model, "--ids", _folder.At("ids")], TextWriter.Null, TextWriter.Null));
        Assert.Contains(message, e.Message, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<string> Done(params string[] args)
    {
        StringWriter output = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        Assert.Equal(ExitCode.Done, await Verbs.Invoke(args, output, TextWriter.Null));
        return output.ToString();
    }
}
