using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Playground;
using Cirrus.Server;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Fuzz;

/// <summary>Damaged requests to a server of a few drawn pictures: answered, or refused in words that a program can read; never 500.</summary>
public sealed class FuzzedServerTests : IDisposable
{
    private const int Pictures = 6, Side = 16, FailuresTold = 6;
    private const string Boundary = "cut-here";
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, string> _failures = [];
    private readonly SortedDictionary<int, int> _statuses = [];

    private sealed record Seed(string Method, string Path, byte[] Body, string Type);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_is_damaged_is_answered_or_refused_in_words()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        ServerOptions options = new() { Port = 0 };
        options.Galleries.Add(MakeGallery());
        await using CirrusServer server = await CirrusServer.StartAsync(options, stop);
        using HttpClient client = new() { BaseAddress = new(server.Address), Timeout = Longest };
        Seed[] seeds = [.. Seeds()];
        foreach (Seed seed in seeds)
            await Send(client, seed, -1, stop);
        int first = FuzzRun.Number("CIRRUS_FUZZ_FIRST", 0);
        for (int i = first; i < first + (3 * FuzzRun.Cases) && _failures.Count < FailuresTold; i++)
        {
            Draws draws = new(FuzzRun.Seed, "server", i);
            await Send(client, Damaged(draws.Of<Seed>(seeds), draws), i, stop);
        }
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"server: {_statuses.Values.Sum()} cases, {string.Join(", ", _statuses.Select(s => $"{s.Value} of {s.Key}"))}");
        Assert.True(_failures.Count == 0, string.Join("\n\n", _failures.Values));
        Assert.True(_statuses.ContainsKey(200) && _statuses.ContainsKey(400));
    }

    private string MakeGallery()
    {
        using Device cpu = Device.Open("cpu");
        using ClipModel clip = TinyClip.Create(cpu);
        clip.Save(_folder.At("model"), StoredType.F32, new Dictionary<string, string>());
        string photos = _folder.At("photos");
        Directory.CreateDirectory(photos);
        EmbeddingSpace space = new(clip.Config.Name, clip.Fingerprint, _folder.At("model"), clip.Config.P, clip.Preprocessing.ToString(), "exif");
        using GalleryWriter gallery = GalleryWriter.Create(Path.Combine(photos, GalleryFolder.Name), photos, space);
        List<StoredRow> rows = [];
        for (int i = 0; i < Pictures; i++)
        {
            FileInfo file = new(Path.Combine(photos, $"{i}.png"));
            File.WriteAllBytes(file.FullName, Drawn(i));
            rows.Add(StoredRow.Of(new(0, file.Name, file.Length, file.LastWriteTimeUtc.Ticks, $"{i:D32}", Side, Side),
                [.. Enumerable.Range(0, clip.Config.P).Select(k => k == i ? 1f : 0.1f)]));
        }
        gallery.Commit(new() { Added = rows });
        return photos;
    }

    private static byte[] Drawn(int i) => Png.Encode([.. Enumerable.Repeat((byte)(40 * i), 3 * Side * Side)], Side);

    private static IEnumerable<Seed> Seeds()
    {
        string picture = Convert.ToBase64String(Drawn(1));
        yield return Json("v1/search", """
            {"gallery": "photos", "text": "a red cat", "images": [{"id": 1, "weight": 1, "crop": {"x": 0.1, "y": 0.1, "width": 0.5, "height": 0.5}}], "and": ["at night"], "without": [{"text": "people"}, {"id": 2}],
             "method": "slerp", "imageWeight": 0.5, "top": 3, "cut": "auto", "includeQuery": true, "foldDuplicates": true, "include": ["score", "terms", "path", "timings"],
             "filter": {"all": [{"field": "path", "op": "=", "value": "**/*.png"}, {"not": {"field": "width", "op": "<", "value": 3}}]}}
            """);
        yield return Json("v1/search",
            $$$"""{"images": [{"data": "{{{picture}}}", "mask": {"data": "{{{picture}}}"}}], "text": "$ in blue", "cut": {"minScore": 0.1}, "template": "a photo of $ that {caption}"}""");
        yield return Json("v1/search",
            $$"""{"vector": [{{string.Join(',', Enumerable.Range(0, TinyClip.P))}}], "top": 1000, "filter": {"any": [{"field": "date", "op": ">=", "value": "2024"}]} }""");
        yield return Json("v1/search",
            """{"text": "x", "sampling": {"steps": 2, "textScale": 7.5, "imageScale": 2, "seed": 1}, "images": [{"id": 1}]}""");
        yield return Json("v1/embeddings",
            $$"""{"gallery": "photos", "texts": ["a cat", "a dog"], "images": [{"data": "{{picture}}"}, {"id": 1}], "format": "base64"}""");
        yield return Form("v1/search", ("query", "application/json", Encoding.UTF8.GetBytes(
            """{"gallery": "photos", "text": "a cat", "images": [{"upload": "one"}]}""")), ("one", "image/png", Drawn(2)));
        yield return Form("v1/galleries/photos/items", ("new.png", "image/png", Drawn(3)));
        foreach (string path in new[]
                 {
                     "v1/galleries", "v1/galleries/photos", "v1/galleries/photos/items/1", "v1/galleries/photos/items/1/image",
                     "v1/galleries/photos/items/1/thumbnail?w=320",
                     "v1/galleries/photos/duplicates?limit=10",
                     "v1/search/abc?cursor=10&cut=auto&filter=%7B%22field%22%3A%22width%22%2C%22op%22%3A%22%3E%22%2C%22value%22%3A1%7D",
                     "v1/methods", "v1/models", "v1/jobs/1", "v1/info", "healthz/live", "healthz/ready", "openapi/v1.json", "?text=a&cut=auto",
                 })
            yield return new("GET", path, [], "");
        yield return new("POST", "v1/galleries/photos/refresh", [], "");
        yield return new("DELETE", "v1/jobs/1", [], "");
        yield return new("DELETE", "v1/galleries/photos/items/99", [], "");
    }

    private static Seed Json(string path, string body) => new("POST", path, Encoding.UTF8.GetBytes(body), "application/json");

    private static Seed Form(string path, params (string Name, string Type, byte[] Content)[] parts) => new("POST", path,
        [.. parts.SelectMany(p => (byte[])[.. Encoding.UTF8.GetBytes(
            $"--{Boundary}\r\nContent-Disposition: form-data; name=\"{p.Name}\"; filename=\"{p.Name}\"\r\nContent-Type: {p.Type}\r\n\r\n"),
            .. p.Content, .. "\r\n"u8]),
            .. Encoding.UTF8.GetBytes($"--{Boundary}--\r\n")], $"multipart/form-data; boundary={Boundary}");

    private static Seed Damaged(Seed seed, Draws draws)
    {
        if (seed.Body.Length == 0 || draws.Chance(10))
            return seed with { Path = Address(seed.Path, draws), Method = draws.Chance(15) ? draws.Of("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS") : seed.Method };
        if (draws.Chance(5))
            return seed with { Type = draws.Of("", "text/plain", "application/json; charset=utf-16", "multipart/form-data", "multipart/form-data; boundary=", "application/json") };
        return seed with { Body = Damage.Do(seed.Type == "application/json" ? "a.json" : "a.form", seed.Body, draws) };
    }

    /// <summary>Changes a part of a path, or a value of its query, and escapes it.</summary>
    private static string Address(string path, Draws draws)
    {
        string[] parts = path.Split('/', '?', '&', '=');
        string part = parts[draws.Below(parts.Length)];
        string changed = Uri.EscapeDataString(Encoding.UTF8.GetString(TextDamage.Do(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(part)), draws)));
        return part.Length == 0
            ? path + changed[..Math.Min(changed.Length, 2000)]
            : path.Replace(part, changed[..Math.Min(changed.Length, 2000)], StringComparison.Ordinal);
    }

    private async Task Send(HttpClient client, Seed seed, int number, CancellationToken stop)
    {
        using HttpRequestMessage request = new(new HttpMethod(seed.Method), new Uri(seed.Path.TrimStart('/'), UriKind.Relative));
        if (seed.Type.Length > 0 || seed.Body.Length > 0)
        {
            request.Content = new ByteArrayContent(seed.Body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", seed.Type);
        }
        long began = Stopwatch.GetTimestamp();
        try
        {
            using HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
            int status = (int)answer.StatusCode;
            _statuses[status] = _statuses.GetValueOrDefault(status) + 1;
            bool events = answer.Content.Headers.ContentType?.MediaType == "text/event-stream";
            byte[] body = events ? [] : await answer.Content.ReadAsByteArrayAsync(stop);
            string said = Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 500)));
            if (status >= 500)
                Fail(seed, number, $"status {status} {Code(said)}", said);
            else if (status >= 400 && seed.Method != "HEAD" && !seed.Path.Contains("%00", StringComparison.Ordinal) && !IsProblem(answer, body))    // Kestrel itself refuses %00
                Fail(seed, number, $"status {status} without words", said);
            if (number < 0 && status >= 400 && status is not (404 or 405 or 422))
                Fail(seed, number, $"seed {seed.Path} {status}", said);
        }
        catch (TaskCanceledException) when (!stop.IsCancellationRequested)
        {
            Fail(seed, number, "no answer", string.Create(CultureInfo.InvariantCulture, $"after {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s"));
        }
        catch (HttpRequestException e)
        {
            Fail(seed, number, "no answer", e.ToString());
        }
    }

    private static bool IsProblem(HttpResponseMessage answer, byte[] body)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "application/problem+json")
            return false;
        using JsonDocument json = JsonDocument.Parse(body);
        return json.RootElement.GetProperty("status").GetInt32() == (int)answer.StatusCode && json.RootElement.GetProperty("code").GetString() is { Length: > 0 };
    }

    private static string Code(string said) => said.Contains("\"code\"", StringComparison.Ordinal)
        ? said[said.IndexOf("\"code\"", StringComparison.Ordinal)..].Split(',')[0] : "";

    private void Fail(Seed seed, int number, string kind, string said) =>
        _failures.TryAdd($"{seed.Method} {seed.Path.Split('?')[0].Split('/')[^1]} {kind}",
        $"case {number} (CIRRUS_FUZZ_SEED={FuzzRun.Seed} CIRRUS_FUZZ_FIRST={number} CIRRUS_FUZZ_CASES=1), {seed.Method} {seed.Path} {seed.Type}: {kind}: {said}\n"
        + Encoding.UTF8.GetString(seed.Body.AsSpan(0, Math.Min(seed.Body.Length, 1500))));
}
