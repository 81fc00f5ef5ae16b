using System.Text.Json;
using Cirrus.Cli;
using Cirrus.Clip;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Cli;

public sealed class TripletsCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly StringWriter _output = new(), _error = new();

    public TripletsCommandTests()
    {
        using Device device = Device.Open("cpu");
        using ClipModel clip = TinyClip.Create(device);
        clip.Save(_folder.At("model"), StoredType.F32, new Dictionary<string, string>());
        File.WriteAllLines(_folder.At("captions.txt"), ["a cat on a table", "a dog on the grass", "", "the cat and the dog", "running \"fast\""]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Captions_become_lines_of_edits_and_a_seed_repeats_them()
    {
        Assert.Equal(ExitCode.Done, await Invoke("a.jsonl"));
        string[] lines = await File.ReadAllLinesAsync(_folder.At("a.jsonl"), TestContext.Current.CancellationToken);
        Assert.Equal(3, lines.Length);
        foreach (string line in lines)
        {
            JsonElement made = JsonElement.Parse(line);
            Assert.Equal(["caption", "instruction", "answer", "back"], made.EnumerateObject().Select(p => p.Name));
            Assert.NotEqual(made.GetProperty("caption").GetString(), made.GetProperty("answer").GetString());
        }
        Assert.StartsWith("""{"caption":"a cat on a table","instruction":""", lines[0], StringComparison.Ordinal);
        Assert.Contains("captions.txt: 4 captions; 1 lines left out: 1 empty (line 3)", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("4 captions, 2 terms; 3 captions with a triplet", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(_folder.At("a.jsonl"), _output.ToString().Trim());
        await Invoke("b.jsonl");
        await Invoke("c.jsonl", "--seed", "2");
        Assert.Equal(lines, await File.ReadAllLinesAsync(_folder.At("b.jsonl"), TestContext.Current.CancellationToken));
        Assert.NotEqual(lines, await File.ReadAllLinesAsync(_folder.At("c.jsonl"), TestContext.Current.CancellationToken));
        await Invoke("d.jsonl", "--most", "1");
        Assert.Equal(lines[..1], await File.ReadAllLinesAsync(_folder.At("d.jsonl"), TestContext.Current.CancellationToken));
        Assert.Contains("3 captions with a triplet, 1 of them written", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nouns_that_are_not_as_like_as_asked_for_give_nothing()
    {
        Assert.Equal(ExitCode.Done, await Verbs.Invoke(["triplets", _folder.At("captions.txt"), "-m", _folder.At("model"), "-o",
            _folder.At("a.jsonl"), "--likeness", "-1,-1"], _output, _error));
        Assert.Empty(await File.ReadAllBytesAsync(_folder.At("a.jsonl"), TestContext.Current.CancellationToken));
        Assert.Contains("try another --likeness", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--likeness", "0.7")]
    [InlineData("--likeness", "0.7,0.5")]
    [InlineData("--likeness", "0.5,2")]
    [InlineData("--min-count", "9")]
    public async Task What_cannot_be_is_told(string option, string value)
    {
        CirrusException e = await Assert.ThrowsAsync<CirrusException>(() => Verbs.Invoke(["triplets", _folder.At("captions.txt"),
            "-m", _folder.At("model"), "-o", _folder.At("a.jsonl"), option, value], _output, _error));
        Assert.Contains(option, e.Hint, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.At("a.jsonl")));
    }

    private Task<int> Invoke(string output, params string[] more) =>
        Verbs.Invoke(["triplets", _folder.At("captions.txt"), "-m", _folder.At("model"), "-o", _folder.At(output), "--likeness",
            "-1,1", .. more], _output, _error);
}
