using System.Text;
using System.Text.Json;
using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Playground;
using Cirrus.Server;
using Cirrus.Tensors;

namespace Cirrus.Tests.Server;

/// <summary>A server of a few drawn pictures on a port of its own, and a client.</summary>
public sealed class ServedGallery : IAsyncLifetime
{
    public const int Pictures = 12;

    private readonly TempFolder _folder = new();
    private CirrusServer? _server;

    public string Photos => _folder.At("photos");

    public HttpClient Client { get; } = new();

    internal string At(string name) => _folder.At(name);

    public async ValueTask InitializeAsync()
    {
        Make(Photos);
        ServerOptions options = new() { Port = 0 };
        options.Galleries.Add(Photos);
        options.Limits.PictureMegabytes = 1;
        options.Limits.BodyMegabytes = 3;
        options.Limits.Megapixels = 0.05;
        _server = await CirrusServer.StartAsync(options);
        Client.BaseAddress = new(_server.Address);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Dispose();
    }

    internal static void Make(string photos, int pictures = Pictures)
    {
        Directory.CreateDirectory(Path.Combine(photos, "inner"));
        for (int i = 0; i < pictures; i++)
            File.WriteAllBytes(Path.Combine(photos, i % 3 == 0 ? $"inner/p{i:D2}.png" : $"p{i:D2}.png"), Picture((ulong)i));
        using Device device = Device.Open("cpu");
        using ClipModel clip = PlaygroundClip.Load(device);
        EmbeddingSpace space = new(clip.Config.Name, clip.Fingerprint, PlaygroundClip.Folder, clip.Config.P, clip.Preprocessing.ToString(), "exif");
        using GalleryWriter gallery = GalleryWriter.Create(Path.Combine(photos, GalleryFolder.Name), photos, space);
        new Indexer(gallery, clip, new([])).Run(null, CancellationToken.None);
    }

    internal static byte[] Picture(ulong seed) => Png.Encode(Drawing.Draw(
        World.Random(new Dice(new Philox(seed, 1)), everyPair: true), new Philox(seed, 2), Drawing.ClipSide), Drawing.ClipSide);

    internal async Task<(int Status, JsonElement Json)> Search(string json) =>
        await Post("/v1/search", new StringContent(json, Encoding.UTF8, "application/json"));

    internal async Task<(int Status, JsonElement Json)> Post(string path, HttpContent? content)
    {
        using HttpResponseMessage answer = await Client.PostAsync(path, content, TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, await Json(answer));
    }

    internal async Task<(int Status, JsonElement Json)> Get(string path)
    {
        using HttpResponseMessage answer = await Client.GetAsync(path, TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, await Json(answer));
    }

    internal static async Task<JsonElement> Json(HttpResponseMessage answer)
    {
        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        if (text.Length == 0)
            return default;
        using JsonDocument json = JsonDocument.Parse(text);
        return json.RootElement.Clone();
    }

    internal static long[] Ids(JsonElement answer) => [.. answer.GetProperty("hits").EnumerateArray().Select(h => h.GetProperty("id").GetInt64())];

    internal static MultipartFormDataContent Form(string? query, params (string Part, byte[] Bytes)[] pictures)
    {
        MultipartFormDataContent form = [];
        if (query is not null)
            form.Add(new StringContent(query), "query");
        foreach ((string part, byte[] bytes) in pictures)
            form.Add(new ByteArrayContent(bytes), part, part + ".png");
        return form;
    }
}
