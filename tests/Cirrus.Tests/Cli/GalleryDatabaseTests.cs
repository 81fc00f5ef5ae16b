using System.Diagnostics;
using System.Text.Json;
using Cirrus.Cli;
using Cirrus.Gallery;
using Cirrus.Playground;
using Cirrus.Postgres;
using Cirrus.Server;
using Cirrus.Tensors;
using Cirrus.Tests.Postgres;
using Cirrus.Tests.Server;

namespace Cirrus.Tests.Cli;

/// <summary>A person's folder, into databases and out of them, through the command line; three shards of PGlite.</summary>
[Collection("pglite")]
public sealed class GalleryDatabaseTests(PgliteServers servers) : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _schema = "c" + Guid.NewGuid().ToString("N");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_gallery_goes_into_a_database_and_comes_back_to_the_bit()
    {
        string[] shards = [.. servers.Need().Select(s => s.Replace("Password=postgres", "Password=secretword", StringComparison.Ordinal))];
        string photos = _folder.At("photos"), copy = _folder.At("copy");
        Directory.CreateDirectory(photos);
        for (int i = 0; i < 6; i++)
            File.WriteAllBytes(Path.Combine(photos, $"p{i}.png"), Png.Encode(Drawing.Draw(World.Random(
                new Dice(new Philox((ulong)i, 1)), everyPair: true), new Philox((ulong)i, 2), Drawing.ClipSide), Drawing.ClipSide));
        await Done("index", photos, "-m", "playground");
        string[] export = ["gallery", "export", photos, "--schema", _schema, "--to", .. shards];
        Assert.Equal("6 written, 0 unchanged, 0 removed\n", await Done(export));
        Assert.Equal("0 written, 6 unchanged, 0 removed\n", await Done(export));

        string[] folder = ["-g", photos], database = ["--schema", _schema, .. shards.SelectMany(s => new[] { "--database", s })];
        string[] query = ["search", Path.Combine(photos, "p3.png"), "but in red", "-n", "4", "--method", "slerp", "--format", "csv"];
        Assert.Equal(Ranked(await Done([.. query, .. folder])), Ranked(await Done([.. query, .. database])));
        Assert.Equal(Ranked(await Done([.. query, "--include-query", .. folder])),
            Ranked(await Done([.. query, "--include-query", "--exact", .. database])));
        string[] like = ["search", "--like", "2", "but in red", "-x", "circle", "-n", "3", "--filter", "!path:p5.png", "--format", "csv"];
        Assert.Equal(Ranked(await Done([.. like, .. folder])), Ranked(await Done([.. like, .. database])));
        string[] explain = ["search", "a circle", "-n", "1", "--explain", "--format", "tsv"];
        string[] stored = (await Done([.. explain, .. database])).Trim().Split('\t'),
            whole = (await Done([.. explain, "--pictures", photos, .. database])).Trim().Split('\t');
        Assert.Equal((Path.Combine(photos, stored[2]), stored[3]), (whole[2], whole[3]));
        Assert.Equal((await Done([.. explain, .. folder])).Trim().Split('\t')[2..], whole[2..]);
        CirrusException both = await Assert.ThrowsAsync<CirrusException>(() => Done([.. query, .. folder, .. database]));
        Assert.Contains("--pictures", both.Hint, StringComparison.Ordinal);

        await ServedAsync(shards, Ids(await Done(["search", "a red circle", "-n", "4", "--format", "csv", .. folder])));

        Assert.Equal("6 pictures\n", await Done(["gallery", "import", copy, "--schema", _schema, "--from", .. shards]));
        using (GalleryFolder a = GalleryFolder.Open(Path.Combine(photos, ".cirrus")), b = GalleryFolder.Open(Path.Combine(copy, ".cirrus")))
        {
            Assert.Equal((a.Space, Path.GetFullPath(copy)), (b.Space, b.Root));
            Assert.Equal(a.StoredRows().Select(r => (r.Item, r.Norm)), b.StoredRows().Select(r => (r.Item, r.Norm)));
            Assert.All(a.StoredRows().Zip(b.StoredRows()), pair => Assert.True(pair.First.Unit.Span.SequenceEqual(pair.Second.Unit.Span)));
        }
        await Assert.ThrowsAsync<CirrusException>(() => Done(["gallery", "import", copy, "--schema", _schema, "--from", .. shards]));

        File.Delete(Path.Combine(photos, "p0.png"));
        File.Move(Path.Combine(photos, "p1.png"), Path.Combine(photos, "moved.png"));
        await Done("index", photos);
        await Assert.ThrowsAsync<CirrusException>(() => Done(export));     // moved.png has the id of p1.png, which is there still
        Assert.Equal("1 written, 4 unchanged, 2 removed\n", await Done([.. export, "--mirror"]));
        CirrusException other = await Assert.ThrowsAsync<CirrusException>(() =>
            Done(["gallery", "import", _folder.At("other"), "--schema", "nothing_here", "--from", .. shards]));
        Assert.DoesNotContain("secretword", other.Message + other.Hint, StringComparison.Ordinal);
    }

    // Whenever the program is killed there is no gallery, or a whole one; and run again, it ends with all of it.
    [Fact, Trait("Category", "Slow")]
    public async Task An_import_that_is_killed_leaves_nothing_that_looks_like_a_gallery()
    {
        string[] shards = [.. servers.Need()];
        string copy = _folder.At("copy"), gallery = Path.Combine(copy, ".cirrus");
        EmbeddingSpace space = new("toy", "0123456789abcdef", null, 4, "openai 224", "exif");
        using (PostgresIndex database = await PostgresIndex.CreateAsync(DatabasePlace.Given(shards), space, new() { Schema = _schema, Index = false }, Stop))
            await database.AddAsync([.. Enumerable.Range(1, 200).Select(i =>
                StoredRow.Of(new(0, $"{i}.jpg", 1, 2, "a", 640, 480), [1, i, 2, 3]))], Stop);
        string[] import = ["gallery", "import", copy, "--schema", _schema, "--from", .. shards];
        Random random = new(1);
        for (int i = 0; i < 8 && !GalleryFolder.IsOne(gallery); i++)
        {
            using Process process = new() { StartInfo = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "Cirrus.Cli.dll"), .. import]) { RedirectStandardError = true, RedirectStandardOutput = true } };
            process.Start();
            while (await process.StandardError.ReadLineAsync(Stop) is string line && !line.Contains(" into ", StringComparison.Ordinal))
            {
            }
            await Task.Delay(random.Next(150), Stop);
            process.Kill();
            await process.WaitForExitAsync(Stop);
            Assert.True(!Path.Exists(gallery) || GalleryFolder.IsOne(gallery));
        }
        if (!GalleryFolder.IsOne(gallery))
            Assert.Equal("200 pictures\n", await Done(import));
        Assert.Equal((200, 0), GalleryCheck.Run(gallery) is var found ? (found.Pictures, found.Damage.Count) : default);
        Assert.Equal([".cirrus"], Directory.GetFileSystemEntries(copy).Select(Path.GetFileName));
    }

    /// <summary>The same pictures by the API over the database.</summary>
    private async Task ServedAsync(string[] shards, long[] ids)
    {
        ServerOptions options = new() { Port = 0, DatabaseSchema = _schema };
        foreach (string shard in shards)
            options.Database.Add(shard);
        using FirstLine output = new();
        using StringWriter error = new();
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task<int> serving = ServeCommand.Serve(options, open: false, output, error, end.Token);
        if (await Task.WhenAny(serving, output.Said) == serving)
            Assert.Fail($"{await serving}: {error}");
        using HttpClient client = new() { BaseAddress = new(await output.Said) };
        using HttpResponseMessage answer = await client.PostAsync("/v1/search", new StringContent(
            "{\"text\": \"a red circle\", \"top\": 4}", System.Text.Encoding.UTF8, "application/json"), end.Token);
        JsonElement found = await ServedGallery.Json(answer);
        Assert.Equal(ids, ServedGallery.Ids(found));
        Assert.False(found.GetProperty("partial").GetBoolean());
        JsonElement gallery = await ServedGallery.Json(await client.GetAsync($"/v1/galleries/{_schema}", end.Token));
        Assert.Equal(("Hnsw", 6), (gallery.GetProperty("index").GetProperty("kind").GetString(), gallery.GetProperty("items").GetInt32()));
        await end.CancelAsync();
        Assert.Equal(ExitCode.Done, await serving);
        Assert.DoesNotContain("secretword", output.ToString() + error + found + gallery, StringComparison.Ordinal);
    }

    /// <summary>Tells when its first line is there: a server's address.</summary>
    private sealed class FirstLine : StringWriter
    {
        private readonly TaskCompletionSource<string> _said = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Said => _said.Task;

        public override Task WriteLineAsync(string? value)
        {
            _said.TrySetResult(value ?? "");
            return base.WriteLineAsync(value);
        }
    }

    private static long[] Ids(string csv) => [.. csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(l =>
        long.Parse(l.Split(',')[1], System.Globalization.CultureInfo.InvariantCulture))];

    /// <summary>Paths in order: scores are summed in another order there.</summary>
    private static string[] Ranked(string csv) => [.. csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(l => l.Split(',')[3])];

    private static async Task<string> Done(params string[] args)
    {
        using StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        int code = await Verbs.Invoke(args, output, error);
        Assert.True(code == ExitCode.Done, $"{code}: {error}");
        Assert.DoesNotContain("secretword", output.ToString() + error, StringComparison.Ordinal);
        return output.ToString();
    }
}
