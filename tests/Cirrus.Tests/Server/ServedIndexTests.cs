using System.Text.Json;
using Cirrus.Gallery;
using Cirrus.Server;
using Cirrus.Server.Settings;

namespace Cirrus.Tests.Server;

/// <summary>A gallery that is no folder, behind the API: what is answered, what is refused, and what of it is real.</summary>
public sealed class ServedIndexTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly List<CirrusServer> _servers = [];
    private readonly List<HttpClient> _clients = [];
    private StrangeIndex? _index;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Photos => _folder.At("photos");

    public ValueTask InitializeAsync()
    {
        ServedGallery.Make(Photos);
        _index = new(GalleryFolder.Named(Photos));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (HttpClient client in _clients)
            client.Dispose();
        foreach (CirrusServer server in _servers)
            await server.DisposeAsync();
        _index!.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task It_is_searched_as_the_folder_is()
    {
        HttpClient far = await ServeAsync(o => o.Indexes.Add(new("Far Pictures", _index!, Photos))),
            near = await ServeAsync(o => o.Galleries.Add(Photos));
        foreach (string query in (string[])
            [
                """{"text": "a red circle", "top": 5, "include": ["score", "terms", "path", "vector"]}""",
                """{"images": [{"id": 3}], "text": "but blue", "without": ["circle"], "top": 4}""",
                """{"images": [{"id": 3}], "top": 12, "foldDuplicates": true}""",
                """{"text": "a circle", "filter": {"field": "path", "value": "inner/"}, "cut": "auto"}""",
                """{"images": [{"id": 2, "crop": {"x": 0, "y": 0, "width": 0.5, "height": 1}}]}""",
            ])
        {
            JsonElement wanted = await PostAsync(near, "/v1/search", query), answer = await PostAsync(far, "/v1/search", query);
            Assert.Equal(wanted.GetProperty("hits").GetRawText(), answer.GetProperty("hits").GetRawText());
            Assert.Equal((wanted.GetProperty("total").GetInt64(), wanted.GetProperty("matched").GetInt64()),
                (answer.GetProperty("total").GetInt64(), answer.GetProperty("matched").GetInt64()));
            Assert.Equal(("far-pictures", false), (answer.GetProperty("gallery").GetString(), answer.GetProperty("partial").GetBoolean()));
        }
        JsonElement info = await GetAsync(far, "/v1/galleries/far-pictures");
        Assert.Equal(("Hnsw", true, ServedGallery.Pictures), (info.GetProperty("index").GetProperty("kind").GetString(),
            info.GetProperty("readOnly").GetBoolean(), info.GetProperty("items").GetInt32()));
        Assert.Equal((await GetAsync(near, "/v1/galleries/photos")).GetProperty("facets").GetRawText(), info.GetProperty("facets").GetRawText());
        Assert.Equal(200, await StatusAsync(far, HttpMethod.Get, "/v1/galleries/far-pictures/items/2/image"));
        Assert.Equal(200, await StatusAsync(far, HttpMethod.Get, "/v1/galleries/far-pictures/items/2/thumbnail"));
    }

    [Fact]
    public async Task Silent_shards_are_named_and_what_others_write_is_seen()
    {
        HttpClient far = await ServeAsync(o => o.Indexes.Add(new("far", _index!)));
        _index!.Silent = ["db2:5432/pictures"];
        JsonElement answer = await PostAsync(far, "/v1/search", """{"text": "a circle"}""");
        Assert.True(answer.GetProperty("partial").GetBoolean());
        Assert.Equal("db2:5432/pictures", Assert.Single(answer.GetProperty("silentShards").EnumerateArray()).GetString());
        _index.Silent = [];
        StoredRow row = (await _index.RowsAsync([1], Stop))[0]!;
        await _index.AddAsync([row with { Item = row.Item with { Id = 0, Path = "added.png" } }], Stop);
        while ((await GetAsync(far, "/v1/galleries/far")).GetProperty("items").GetInt32() == ServedGallery.Pictures)
            await Task.Delay(100, Stop);
        JsonElement item = await GetAsync(far, $"/v1/galleries/far/items/{ServedGallery.Pictures + 1}");
        Assert.Equal("added.png", item.GetProperty("path").GetString());
    }

    [Fact]
    public async Task A_search_ends_when_nobody_waits_for_it_any_more()
    {
        HttpClient far = await ServeAsync(o => o.Indexes.Add(new("far", _index!)));
        TaskCompletionSource begun = new(), ended = new();
        _index!.Before = async stop =>
        {
            using (stop.Register(ended.SetResult))
            {
                begun.SetResult();
                await Task.Delay(Timeout.Infinite, stop);
            }
        };
        using CancellationTokenSource client = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        using StringContent body = new("""{"text": "a circle"}""", System.Text.Encoding.UTF8, "application/json");
        Task asked = far.PostAsync("/v1/search", body, client.Token);
        await begun.Task.WaitAsync(Stop);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await ended.Task.WaitAsync(Stop);
    }

    [Fact]
    public async Task Bytes_are_given_only_of_pictures_that_are_here()
    {
        File.Copy(Path.Combine(Photos, "p01.png"), _folder.At("outside.png"));
        const long id = 3;
        _index!.Shown = i => i.Id == id ? i with { Path = "../outside.png" } : i;
        HttpClient blind = await ServeAsync(o => o.Indexes.Add(new("far", _index))),
            seeing = await ServeAsync(o => o.Indexes.Add(new("far", _index, Photos)));
        foreach (string what in (string[])["image", "thumbnail"])
        {
            Assert.Equal("no_pictures", (await ProblemAsync(blind, HttpMethod.Get, $"/v1/galleries/far/items/2/{what}", 404))
                .GetProperty("code").GetString());
            Assert.Equal("file_gone", (await ProblemAsync(seeing, HttpMethod.Get, $"/v1/galleries/far/items/{id}/{what}", 404))
                .GetProperty("code").GetString());
        }
    }

    [Fact]
    public async Task What_would_write_is_refused_with_what_to_do()
    {
        HttpClient far = await ServeAsync(o => o.Indexes.Add(new("far", _index!, Photos)));
        foreach ((HttpMethod method, string route, string code) in ((HttpMethod, string, string)[])[(HttpMethod.Post, "refresh",
            "read_only"), (HttpMethod.Post, "items", "read_only"),
            (HttpMethod.Delete, "items/1", "read_only"), (HttpMethod.Get, "duplicates", "not_here")])
        {
            JsonElement problem = await ProblemAsync(far, method, $"/v1/galleries/far/{route}", 409);
            Assert.Equal(code, problem.GetProperty("code").GetString());
            Assert.Contains("cirrus gallery", problem.GetProperty("hint").GetString(), StringComparison.Ordinal);
        }
        Assert.Equal(ServedGallery.Pictures, await _index!.CountAsync(Stop));
    }

    [Fact]
    public void Connection_strings_come_from_file_or_environment_and_are_never_shown()
    {
        string file = _folder.At("cirrus.json");
        File.WriteAllText(file, """{"database": ["Host=a;Password=secret", "postgres://u:secret@b/p"], "databaseSchema": "holidays"}""");
        (ServerOptions options, IReadOnlyList<SettingValue> values) = ServerSettings.Read(file, _ => null, new Dictionary<string, string>());
        Assert.Equal(["Host=a;Password=secret", "postgres://u:secret@b/p"], options.Database);
        Assert.Equal("holidays", options.DatabaseSchema);
        Assert.DoesNotContain(values, v => v.Value?.Contains("secret", StringComparison.Ordinal) is true);
        (options, values) = ServerSettings.Read(file,
            name => name == "CIRRUS_DATABASE" ? "Host=c;Password=secret | Host=d" : null, new Dictionary<string, string>());
        Assert.Equal(["Host=c;Password=secret", "Host=d"], options.Database);
        Assert.Equal("CIRRUS_DATABASE", values.Single(v => v.Setting.Name == "database").Source);
    }

    private async Task<HttpClient> ServeAsync(Action<ServerOptions> set)
    {
        ServerOptions options = new() { Port = 0 };
        set(options);
        _servers.Add(await CirrusServer.StartAsync(options, Stop));
        _clients.Add(new() { BaseAddress = new(_servers[^1].Address) });
        return _clients[^1];
    }

    private static async Task<JsonElement> PostAsync(HttpClient client, string path, string json)
    {
        using HttpResponseMessage answer = await client.PostAsync(path, new StringContent(json, System.Text.Encoding.UTF8, "application/json"), Stop);
        JsonElement said = await ServedGallery.Json(answer);
        Assert.True(answer.IsSuccessStatusCode, said.ToString());
        return said;
    }

    private static async Task<JsonElement> GetAsync(HttpClient client, string path)
    {
        using HttpResponseMessage answer = await client.GetAsync(path, Stop);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
        return await ServedGallery.Json(answer);
    }

    private static async Task<int> StatusAsync(HttpClient client, HttpMethod method, string path)
    {
        using HttpRequestMessage request = new(method, path);
        using HttpResponseMessage answer = await client.SendAsync(request, Stop);
        return (int)answer.StatusCode;
    }

    private static async Task<JsonElement> ProblemAsync(HttpClient client, HttpMethod method, string path, int status)
    {
        using HttpRequestMessage request = new(method, path);
        using HttpResponseMessage answer = await client.SendAsync(request, Stop);
        Assert.Equal(status, (int)answer.StatusCode);
        return await ServedGallery.Json(answer);
    }
}
