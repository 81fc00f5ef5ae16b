using System.Globalization;
using System.Text.Json;
using Cirrus.Cli;
using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Methods.LinCir;
using Cirrus.Playground;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Cli;

/// <summary>A person's folder, from the first index to the answer, through the command line.</summary>
public sealed class IndexAndSearchTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _photos;

    public IndexAndSearchTests()
    {
        _photos = _folder.At("photos");
        Directory.CreateDirectory(Path.Combine(_photos, "inner"));
        for (int i = 0; i < 5; i++)
            Draw(i % 2 == 0 ? $"p{i}.png" : $"inner/p{i}.png", (ulong)i);
        File.WriteAllText(At("broken.jpg"), "not a picture");
        File.WriteAllText(At("notes.txt"), "not a picture's name");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Only_what_changed_is_encoded()
    {
        Assert.Equal("5 new, 0 changed, 0 moved, 0 gone, 0 unchanged, 1 unreadable\n", await Index("-m", "playground"));
        Assert.Equal("0 new, 0 changed, 0 moved, 0 gone, 5 unchanged, 1 unreadable\n", await Index());
        File.Move(At("p0.png"), At("inner/moved.png"));
        Draw("p2.png", 77);
        File.Delete(At("p4.png"));
        File.Delete(At("broken.jpg"));
        Draw("new.png", 78);
        Assert.Equal("1 new, 1 changed, 1 moved, 1 gone, 2 unchanged, 0 unreadable\n", await Index());
        Assert.Equal("0 new, 0 changed, 0 moved, 0 gone, 5 unchanged, 0 unreadable\n", await Index());
        using GalleryFolder gallery = GalleryFolder.Open(At(".cirrus"));
        Assert.Equal(["inner/moved.png", "inner/p1.png", "inner/p3.png", "new.png", "p2.png"], gallery.Items.Select(i => i.Path).Order(StringComparer.Ordinal));
        Assert.Equal(3, gallery.Items.Single(i => i.Path == "inner/moved.png").Id);
    }

    [Fact]
    public async Task A_broken_picture_is_named_and_remembered_until_it_changes()
    {
        (int code, _, string error) = await Run("index", _photos, "-m", "playground");
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("unreadable: 'broken.jpg' is not a picture that can be read", error, StringComparison.Ordinal);
        Draw("broken.jpg", 5);
        Assert.Equal("1 new, 0 changed, 0 moved, 0 gone, 5 unchanged, 0 unreadable\n", await Index());
    }

    [Fact]
    public async Task A_folder_without_pictures_and_a_file_in_its_place_are_told()
    {
        string empty = Directory.CreateDirectory(_folder.At("empty")).FullName;
        (int code, _, string error) = await Run("index", empty, "-m", "playground");
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains($"no picture was found in {empty} or below", error, StringComparison.Ordinal);
        CirrusException file = await Assert.ThrowsAsync<CirrusException>(() => Run("index", At("p0.png")));
        Assert.Equal(($"'{At("p0.png")}' is a file, not a folder.", $"name the folder that it is in: cirrus index {_photos}"), (file.Message, file.Hint));
    }

    [Fact]
    public async Task What_is_no_model_and_no_picture_is_told_as_what_it_is()
    {
        Assert.EndsWith("is a picture.", (await Assert.ThrowsAsync<CirrusException>(() => Run("info", At("p0.png")))).Message, StringComparison.Ordinal);
        Assert.EndsWith("is a folder, not a picture.", (await Assert.ThrowsAsync<CirrusException>(() => Run("embed", "-m", "playground", "-i", _photos))).Message, StringComparison.Ordinal);
        Assert.StartsWith("There is nothing at ", (await Assert.ThrowsAsync<CirrusException>(() => Run("convert", At("none"), At("phi")))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_left_out_is_not_indexed()
    {
        File.WriteAllText(At(".cirrusignore"), "# a comment\ninner/\n");
        Directory.CreateDirectory(At(".hidden"));
        Draw(".hidden/x.png", 3);
        Assert.StartsWith("2 new", await Index("-m", "playground", "--exclude", "p0*"), StringComparison.Ordinal);
        Assert.StartsWith("0 new, 0 changed, 0 moved, 0 gone, 2 unchanged", await Index(), StringComparison.Ordinal);
        Assert.StartsWith("2 new, 0 changed, 0 moved, 0 gone, 2 unchanged", await Index("--exclude", "", "--hidden"), StringComparison.Ordinal);
        Assert.Contains("looking with hidden names\n", (await Run("index", _photos)).Error, StringComparison.Ordinal);
        Assert.StartsWith("0 new, 0 changed, 0 moved, 2 gone, 2 unchanged", await Index("--hidden", "false", "--exclude", "p0*"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gallery_of_padded_pictures_stays_one()
    {
        Assert.StartsWith("5 new", await Index("-m", "playground", "--pad", "target"), StringComparison.Ordinal);
        Assert.StartsWith("0 new, 0 changed, 0 moved, 0 gone, 5 unchanged", await Index(), StringComparison.Ordinal);
        using (GalleryFolder gallery = GalleryFolder.Open(At(".cirrus")))
            Assert.EndsWith(" target", gallery.Space.Preprocessing, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CirrusException>(() => Run("index", _photos, "--pad", "none"));
    }

    [Fact]
    public async Task Vectors_of_two_models_are_not_mixed()
    {
        await Index("-m", "playground");
        string tiny = _folder.At("tiny");
        using (Device device = Device.Open("cpu"))
        using (ClipModel clip = TinyClip.Create(device))
            clip.Save(tiny, StoredType.F32, new Dictionary<string, string>());
        CirrusException e = await Assert.ThrowsAsync<CirrusException>(() => Run("index", _photos, "-m", tiny));
        Assert.Contains("The gallery was made with", e.Message, StringComparison.Ordinal);
        Assert.StartsWith("5 new", await Index("-m", tiny, "--rebuild"), StringComparison.Ordinal);
        using GalleryFolder gallery = GalleryFolder.Open(At(".cirrus"));
        Assert.Equal("tiny", gallery.Space.Model);
        Assert.Equal([".cirrus", "broken.jpg", "inner", "notes.txt", "p0.png", "p2.png", "p4.png"],
            new DirectoryInfo(_photos).EnumerateFileSystemInfos().Select(f => f.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_dry_run_writes_nothing()
    {
        Assert.Equal("6 new\n", await Index("-m", "playground", "--dry-run"));
        Assert.False(Directory.Exists(At(".cirrus")));
        await Index("-m", "playground");
        Draw("more.png", 9);
        Assert.Equal("1 new, 0 changed, 0 moved, 0 gone, 5 unchanged, 1 unreadable\n", await Index("--dry-run"));
        Assert.Equal("1 new, 0 changed, 0 moved, 0 gone, 5 unchanged, 1 unreadable\n", await Index());
    }

    [Fact]
    public async Task A_first_index_asks_for_a_model()
    {
        CirrusException e = await Assert.ThrowsAsync<CirrusException>(() => Run("index", _photos));
        Assert.Contains("--model", e.Hint, StringComparison.Ordinal);
        Assert.False(Directory.Exists(At(".cirrus")));
    }

    [Fact]
    public async Task A_picture_finds_itself_only_when_it_may()
    {
        await Index("-m", "playground");
        Assert.Equal(At("p0.png"), (await Done("search", At("p0.png"), "-g", _photos, "-n", "1", "--include-query", "--format", "paths")).TrimEnd());
        string[] others = (await Done("search", At("p0.png"), "-g", At("inner"), "--format", "paths0")).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, others.Length);
        Assert.DoesNotContain(At("p0.png"), others);
        Assert.Equal(others, (await Done("search", "--like", "3", "-g", _photos, "--format", "paths")).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Answers_are_written_in_every_format()
    {
        await Index("-m", "playground");
        string[] ask = ["search", At("p0.png"), "is green", "-g", _photos, "-n", "2", "--format"];
        string path = (await Done([.. ask, "paths"])).Split('\n')[0];
        string name = Path.GetRelativePath(_photos, path);
        using JsonDocument json = JsonDocument.Parse(await Done([.. ask, "json", "--explain"]));
        JsonElement first = json.RootElement.GetProperty("hits")[0];
        Assert.Equal(("slerp", "is green", 5), (Text("method"), Text("prompt"), json.RootElement.GetProperty("searched").GetInt32()));
        Assert.Equal((1, name, path), (first.GetProperty("rank").GetInt32(), first.GetProperty("path").GetString(), first.GetProperty("fullPath").GetString()));
        Assert.Equal(["picture", "words"], first.GetProperty("terms").EnumerateObject().Select(p => p.Name));
        float score = first.GetProperty("score").GetSingle();
        string four = score.ToString("F4", CultureInfo.InvariantCulture);
        Assert.StartsWith($"1\t{four}\t{path}\n2\t", await Done([.. ask, "tsv"]), StringComparison.Ordinal);
        Assert.StartsWith($"   1  {four,7}  {name}\n", await Done([.. ask, "table"]), StringComparison.Ordinal);
        Assert.StartsWith("rank,id,score,path,width,height\n1,", await Done([.. ask, "csv"]), StringComparison.Ordinal);
        Assert.Equal(2, (await Done([.. ask, "jsonl"])).TrimEnd().Split('\n').Select(l => JsonDocument.Parse(l)).Count(d => d.RootElement.GetProperty("rank").GetInt32() > 0));

        string Text(string property) => json.RootElement.GetProperty(property).GetString()!;
    }

    [Fact]
    public async Task Sentences_are_written_as_asked()
    {
        await Index("-m", "playground");
        using (Device device = Device.Open("cpu"))
        using (MappingNetwork random = MappingNetwork.Random(device, 128, 128, new(5, 0)))
        using (MappingNetwork phi = new(device, random.P, random.Hidden, random.W, [.. random.Weights.Select(w => w.Floats.ToArray())])
        {
            Provenance = new Dictionary<string, string> { [LinCirComposer.CaptionsMean] = LinCirComposer.ToText(new float[128]) },
        })
            MappingNetworkFile.Save(phi, _folder.At("phi.safetensors"));
        string[] ask = ["search", At("p0.png"), "is green", "-g", _photos, "-w", _folder.At("phi.safetensors"), "--format", "tsv"];
        (_, string papers, string error) = await Run([.. ask, "--prompt"]);
        Assert.Contains("prompt: a photo of $ that is green", error, StringComparison.Ordinal);
        (_, string mine, string told) = await Run([.. ask, "--prompt", "--prompts", "one like $ but {caption}"]);
        Assert.Contains("prompt: one like $ but is green", told, StringComparison.Ordinal);
        string[] answers = [papers, mine, await Done([.. ask, "--anchored"]), await Done([.. ask, "--gap-shift"]), await Done([.. ask, "--prompts", "ensemble"])];
        Assert.Equal(answers.Length, answers.Distinct().Count());
        Assert.NotEmpty((await Assert.ThrowsAsync<CirrusException>(() => Run([.. ask, "--method", "sum", "--anchored"]))).Hint);
        Assert.NotEmpty((await Assert.ThrowsAsync<CirrusException>(() => Run([.. ask, "--prompts", "no place"]))).Hint);
    }

    [Fact]
    public async Task Weights_bring_the_method_that_made_them()
    {
        await Index("-m", "playground");
        using (Device device = Device.Open("cpu"))
        using (MappingNetwork phi = MappingNetwork.Random(device, 128, 128, new(5, 0)))
        {
            phi.Provenance = new Dictionary<string, string> { ["method"] = "searle" };
            MappingNetworkFile.Save(phi, _folder.At("phi.safetensors"));
        }
        string[] ask = ["search", At("p0.png"), "is green", "-g", _photos, "-w", _folder.At("phi.safetensors")];
        Assert.Contains("method: searle", (await Run(ask)).Error, StringComparison.Ordinal);
        using JsonDocument chosen = JsonDocument.Parse(await Done([.. ask, "--method", "lincir", "--format", "json"]));
        Assert.Equal("lincir", chosen.RootElement.GetProperty("method").GetString());
    }

    [Fact]
    public async Task Terms_are_added_and_pushed_away()
    {
        await Index("-m", "playground");
        string[] ask = ["search", "-g", _photos, "--format", "tsv"];
        string plain = await Done([.. ask, "a red star"]), more = await Done([.. ask, "a red star", "+ on the grass"]), less = await Done([.. ask, "a red star", "-x", At("p0.png")]);
        Assert.NotEqual(plain, more);
        Assert.NotEqual(plain, less);
        Assert.Equal(more, await Done([.. ask, "a red star", "+", "on the grass"]));
        Assert.Equal(more, await Done([.. ask, "a red star", "--and", "on the grass"]));
    }

    [Fact]
    public async Task A_page_of_pictures_stands_on_its_own()
    {
        await Index("-m", "playground");
        File.Copy(At("p0.png"), _folder.At("<b>&.png"));
        string page = _folder.At("sheet.html");
        await Done("search", _folder.At("<b>&.png"), "is <red>", "-g", _photos, "--sheet", page, "-n", "3");
        string html = File.ReadAllText(page);
        Assert.Equal(4, html.Split("data:image/jpeg;base64,").Length - 1);
        Assert.Contains("&lt;b&gt;&amp;.png is &lt;red&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<red>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"http", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_found_is_an_exit_code()
    {
        await Index("-m", "playground");
        (int code, string output, string error) = await Run("search", "a star", "-g", _photos, "--min-score", "1.5", "--format", "paths");
        Assert.Equal((ExitCode.NothingFound, "", "nothing found\n"), (code, output, error));
    }

    [Theory]
    [InlineData("nowhere.jpg", "looks like a picture, but there is no such file")]
    [InlineData("https://example.org/a.jpg", "is an address")]
    [InlineData("./missing", "There is no picture './missing'")]
    public async Task Doubtful_arguments_are_errors(string argument, string message)
    {
        await Index("-m", "playground");
        CirrusException e = await Assert.ThrowsAsync<CirrusException>(() => Run("search", argument, "-g", _photos));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pictures_become_vectors()
    {
        string line = await Done("embed", "-m", "playground", "-i", At("p0.png"), "--raw");
        using JsonDocument json = JsonDocument.Parse(line);
        Assert.Equal(At("p0.png"), json.RootElement.GetProperty("image").GetString());
        using Device device = Device.Open("cpu");
        using ClipModel clip = PlaygroundClip.Load(device);
        float[] drawn = PlaygroundClip.Embed(clip, [Scene(0)]);
        float[] read = [.. json.RootElement.GetProperty("vector").EnumerateArray().Select(v => v.GetSingle())];
        Golden.Close(drawn, read, 1e-5f);                             // x/255 is scaled in another order by the two
    }

    private string At(string name) => Path.Combine(_photos, name);

    private void Draw(string name, ulong seed) => File.WriteAllBytes(At(name), Png.Encode(Scene(seed), Drawing.ClipSide));

    private static byte[] Scene(ulong seed) => Drawing.Draw(World.Random(new Dice(new Philox(seed, 1)), everyPair: true), new Philox(seed, 2), Drawing.ClipSide);

    private Task<string> Index(params string[] options) => Done(["index", _photos, .. options]);

    private static async Task<string> Done(params string[] args)
    {
        (int code, string output, string error) = await Run(args);
        Assert.True(code == ExitCode.Done, $"{code}: {error}");
        return output;
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] args)
    {
        using StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        int code = await Verbs.Invoke(args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
