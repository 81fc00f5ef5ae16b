using System.Text.Json;
using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Methods.LinCir;
using Cirrus.Playground;
using Cirrus.Server;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Server;

/// <summary>What a server answers that lacks something, has too much to do, or ends.</summary>
public sealed class ServerStateTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Weights_that_are_not_there_damaged_or_of_another_model_are_a_conflict()
    {
        ServedGallery.Make(_folder.At("photos"), 2);
        File.WriteAllText(_folder.At("damaged.safetensors"), "no weights");
        using (Device device = Device.Open("cpu"))
        using (MappingNetwork phi = MappingNetwork.Random(device, 16, 32, new(1, 1)))
            MappingNetworkFile.Save(phi, _folder.At("other.safetensors"));
        foreach (string weights in new[] { "nothing", "damaged", "other" })
        {
            ServerOptions options = new() { Port = 0, Weights = { ["lincir"] = _folder.At(weights + ".safetensors") } };
            options.Galleries.Add(_folder.At("photos"));
            await using CirrusServer server = await CirrusServer.StartAsync(options, Stop);
            using HttpClient client = new() { BaseAddress = new(server.Address) };
            foreach (string method in new[] { "", """, "method": "lincir" """ })
            {
                using HttpResponseMessage answer = await client.PostAsync("/v1/search", new StringContent(
                    $$"""{"images": [{"id": 1}], "text": "at night"{{method}}}""", null, "application/json"), Stop);
                JsonElement problem = await ServedGallery.Json(answer);
                Assert.Equal((409, "weights_mismatch"), ((int)answer.StatusCode, problem.GetProperty("code").GetString()));
                Assert.NotEmpty(problem.GetProperty("hint").GetString()!);
            }
        }
    }

    [Fact]
    public async Task A_model_that_does_not_load_is_said_and_tried_again()
    {
        ServerOptions options = Gallery();
        (options.Model, options.TryAgainAfter) = (_folder.At("held-model"), TimeSpan.Zero);
        await using CirrusServer server = await CirrusServer.StartAsync(options, Stop);
        using HttpClient client = new() { BaseAddress = new(server.Address) };
        Assert.Equal((503, "model_failed"), await Asked(client.PostAsync("/v1/search", Words("a"), Stop)));
        Assert.Equal((503, "model_failed"), await Asked(client.GetAsync("/v1/galleries/photos/duplicates", Stop)));
        (int Status, string? Code) ready = await Asked(client.GetAsync("/healthz/ready", Stop));
        while (ready.Status == 200)                                                  // another attempt runs
            ready = await Asked(client.GetAsync("/healthz/ready", Stop));
        Assert.Equal((503, "model_failed"), ready);
        Assert.Equal(200, (await Asked(client.GetAsync("/healthz/live", Stop))).Status);
        Assert.Equal(200, (await Asked(client.GetAsync("/v1/galleries/photos/items/1/thumbnail", Stop))).Status);
        CopyModel();
        while ((await Asked(client.PostAsync("/v1/search", Words("a"), Stop))).Status != 200)
            ;                                                                        // an attempt from before the model was whole
        Assert.Equal(200, (await Asked(client.GetAsync("/healthz/ready", Stop))).Status);
    }

    [Fact]
    public async Task What_is_forgotten_before_the_model_is_there_stays_so()
    {
        ServerOptions options = Gallery();
        (options.Model, options.TryAgainAfter) = (_folder.At("held-model"), TimeSpan.Zero);
        await using CirrusServer server = await CirrusServer.StartAsync(options, Stop);
        using HttpClient client = new() { BaseAddress = new(server.Address) };
        Assert.Equal((503, "model_failed"), await Asked(client.PostAsync("/v1/search", Words("a"), Stop)));
        Assert.Equal(204, (await Asked(client.DeleteAsync("/v1/galleries/photos/items/1", Stop))).Status);
        Assert.Equal((404, "unknown_item"), await Asked(client.GetAsync("/v1/galleries/photos/items/1", Stop)));
        CopyModel();
        HttpResponseMessage answer;
        while ((answer = await client.PostAsync("/v1/search", Words("a"), Stop)).StatusCode != System.Net.HttpStatusCode.OK)
            answer.Dispose();                                                        // an attempt from before the model was whole
        using (answer)
            Assert.Equal(2, Assert.Single(ServedGallery.Ids(await ServedGallery.Json(answer))));
    }

    [Fact]
    public async Task More_pictures_than_may_wait_are_added_all_the_same()
    {
        ServerOptions options = Gallery();
        options.Limits.Queue = 2;
        await using CirrusServer server = await CirrusServer.StartAsync(options, Stop);
        using HttpClient client = new() { BaseAddress = new(server.Address) };
        using MultipartFormDataContent form = ServedGallery.Form(null,
            [.. Enumerable.Range(0, 12).Select(i => ($"p{i}", ServedGallery.Picture(800 + (ulong)i)))]);
        using HttpResponseMessage answer = await client.PostAsync("/v1/galleries/photos/items", form, Stop);
        Assert.Equal(201, (int)answer.StatusCode);
        Assert.All((await ServedGallery.Json(answer)).GetProperty("items").EnumerateArray(), i => Assert.True(i.GetProperty("added").GetBoolean()));
    }

    [Fact]
    public async Task Why_a_model_did_not_load_is_told_to_bearers_of_the_key()
    {
        ServerOptions options = Gallery();
        (options.Model, options.ApiKey) = (_folder.At("held-model"), "secret-secret");
        await using CirrusServer server = await CirrusServer.StartAsync(options, Stop);
        using HttpClient client = new() { BaseAddress = new(server.Address) };
        string said = await Ready();
        Assert.DoesNotContain(_folder.Path, said, StringComparison.Ordinal);
        Assert.Contains("did not load", said, StringComparison.Ordinal);
        client.DefaultRequestHeaders.Authorization = new("Bearer", options.ApiKey);
        Assert.Contains("held-model", await Ready(), StringComparison.Ordinal);

        async Task<string> Ready()
        {
            while (true)
            {
                using HttpResponseMessage answer = await client.GetAsync("/healthz/ready", Stop);
                if ((int)answer.StatusCode == 503)                                   // before, the attempt runs
                    return await answer.Content.ReadAsStringAsync(Stop);
            }
        }
    }

    [Fact]
    public async Task A_model_that_is_another_than_the_gallerys_is_a_conflict()
    {
        ServerOptions options = Gallery();
        using (Device device = Device.Open("cpu"))
        using (ClipModel clip = TinyClip.Create(device))
            clip.Save(_folder.At("tiny"), StoredType.F32, new Dictionary<string, string>());
        options.Model = _folder.At("tiny");
        await using CirrusServer server = await CirrusServer.StartAsync(options, Stop);
        using HttpClient client = new() { BaseAddress = new(server.Address) };
        Assert.Equal((409, "model_mismatch"), await Asked(client.PostAsync("/v1/search", Words("a"), Stop)));
        Assert.Equal((503, "model_failed"), await Asked(client.GetAsync("/healthz/ready", Stop)));
    }

    [Fact]
    public async Task A_full_queue_says_when_to_come_back()
    {
        ServerOptions options = HeldModel();
        options.Limits.Queue = 1;
        await using CirrusServer server = await CirrusServer.StartAsync(options, Stop);
        using HttpClient client = new() { BaseAddress = new(server.Address) };
        using Held held = Held.Batches("held-model");
        Task<HttpResponseMessage> first = Embed("one");
        await held.Begun.WaitAsync(Stop);
        Task<HttpResponseMessage>[] others = [Embed("two"), Embed("three")];
        Task<HttpResponseMessage> refused = await Task.WhenAny(others);              // the other one waits in the queue, which holds one
        using (HttpResponseMessage answer = await refused)
        {
            Assert.Equal(429, (int)answer.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter!.Delta);
            Assert.Equal("busy", (await ServedGallery.Json(answer)).GetProperty("code").GetString());
        }
        Assert.All(others, t => Assert.Equal(t == refused, t.IsCompleted));
        held.LetGo();
        foreach (Task<HttpResponseMessage> task in others.Where(t => t != refused).Append(first))
            using (HttpResponseMessage answer = await task)
                Assert.Equal(200, (int)answer.StatusCode);
        using HttpResponseMessage again = await Embed("three");
        Assert.Equal(200, (int)again.StatusCode);

        Task<HttpResponseMessage> Embed(string text) =>
            client.PostAsync("/v1/embeddings", new StringContent($$"""{"texts": ["{{text}}"]}""", null, "application/json"), Stop);
    }

    [Fact]
    public async Task A_refresh_that_is_cancelled_keeps_what_it_has_done()
    {
        ServerOptions options = Gallery();
        await using CirrusServer server = await CirrusServer.StartAsync(options, Stop);
        using HttpClient client = new() { BaseAddress = new(server.Address) };
        using Held held = Add("held-cancel.png");
        string job = await Refresh(client);
        await held.Begun.WaitAsync(Stop);
        await Until(client, job, j => j.GetProperty("done").GetInt32() >= 1);
        Assert.Equal("running", (await Job(client, job)).GetProperty("state").GetString());
        using (HttpResponseMessage cancelled = await client.DeleteAsync($"/v1/jobs/{job}", Stop))
            Assert.Equal(202, (int)cancelled.StatusCode);
        held.LetGo();
        JsonElement end = await Until(client, job, j => j.TryGetProperty("ended", out _));
        Assert.Equal("cancelled", end.GetProperty("state").GetString());
        Assert.Equal([true, false], Indexed("a-first.png", "z-last.png"));
        string again = await Refresh(client);
        Assert.NotEqual(job, again);
        Assert.Equal("done", (await Until(client, again, j => j.TryGetProperty("ended", out _))).GetProperty("state").GetString());
        Assert.Equal([true, true, true], Indexed("a-first.png", "held-cancel.png", "z-last.png"));
        using HttpResponseMessage over = await client.DeleteAsync($"/v1/jobs/{again}", Stop);
        Assert.Equal("done", (await ServedGallery.Json(over)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task At_the_end_searches_are_answered_and_a_refresh_keeps_what_it_has_done()
    {
        ServerOptions options = HeldModel();
        await using CirrusServer server = await CirrusServer.StartAsync(options, Stop);
        using HttpClient client = new() { BaseAddress = new(server.Address) };
        using CancellationTokenSource end = new();
        Task running = server.RunAsync(end.Token);
        using Held decoding = Add("held-end.png"), encoding = Held.Batches("held-model");
        string job = await Refresh(client);
        await decoding.Begun.WaitAsync(Stop);
        await Until(client, job, j => j.GetProperty("done").GetInt32() >= 1);
        Task<HttpResponseMessage> search = client.PostAsync("/v1/search", Words("a red fish"), Stop);
        await encoding.Begun.WaitAsync(Stop);
        await end.CancelAsync();
        encoding.LetGo();
        using (HttpResponseMessage answer = await search)
            Assert.Equal(200, (int)answer.StatusCode);
        Assert.False(running.IsCompleted);                                           // it waits for the refresh
        decoding.LetGo();
        await running.WaitAsync(Stop);
        Assert.Equal([true, false], Indexed("a-first.png", "z-last.png"));
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("/healthz/live", Stop));
    }

    private ServerOptions Gallery()
    {
        ServedGallery.Make(_folder.At("photos"), 2);
        ServerOptions options = new() { Port = 0 };
        options.Galleries.Add(_folder.At("photos"));
        return options;
    }

    /// <summary>A gallery whose model has a name of its own.</summary>
    private ServerOptions HeldModel()
    {
        CopyModel();
        ServerOptions options = Gallery();
        options.Model = _folder.At("held-model");
        return options;
    }

    private void CopyModel()
    {
        Directory.CreateDirectory(_folder.At("held-model"));
        foreach (string file in Directory.EnumerateFiles(PlaygroundClip.Folder))
            File.Copy(file, Path.Combine(_folder.At("held-model"), Path.GetFileName(file)));
    }

    private static StringContent Words(string text) => new($$"""{"text": "{{text}}"}""", null, "application/json");

    private static async Task<(int Status, string? Code)> Asked(Task<HttpResponseMessage> asked)
    {
        using HttpResponseMessage answer = await asked;
        return ((int)answer.StatusCode, answer.IsSuccessStatusCode ? null : (await ServedGallery.Json(answer)).GetProperty("code").GetString());
    }

    /// <summary>Three new pictures, the second of which is held when it is decoded.</summary>
    private Held Add(string second)
    {
        foreach ((int i, string name) in new[] { "a-first.png", second, "z-last.png" }.Index())
            File.WriteAllBytes(Path.Combine(_folder.At("photos"), name), ServedGallery.Picture(700 + (ulong)i));
        return Held.Decoding(second);
    }

    private bool[] Indexed(params string[] names)
    {
        using GalleryFolder gallery = GalleryFolder.Open(Path.Combine(_folder.At("photos"), GalleryFolder.Name));
        HashSet<string> paths = [.. gallery.Items.Select(i => i.Path)];
        return [.. names.Select(paths.Contains)];
    }

    private static async Task<string> Refresh(HttpClient client)
    {
        using HttpResponseMessage answer = await client.PostAsync("/v1/galleries/photos/refresh", null, Stop);
        return (await ServedGallery.Json(answer)).GetProperty("id").GetString()!;
    }

    private static async Task<JsonElement> Job(HttpClient client, string id)
    {
        using HttpResponseMessage answer = await client.GetAsync($"/v1/jobs/{id}", Stop);
        return await ServedGallery.Json(answer);
    }

    private static async Task<JsonElement> Until(HttpClient client, string job, Predicate<JsonElement> told)
    {
        while (true)
        {
            JsonElement now = await Job(client, job);
            if (told(now))
                return now;
            await Task.Delay(10, Stop);
        }
    }
}
