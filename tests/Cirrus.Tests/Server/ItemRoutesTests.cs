using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Cirrus.Gallery;
using Cirrus.Playground;
using Cirrus.Server.Galleries;

namespace Cirrus.Tests.Server;

/// <summary>Pictures, thumbnails, uploads and jobs; a gallery of its own, as it changes.</summary>
public sealed class ItemRoutesTests(ServedGallery served) : IClassFixture<ServedGallery>
{
    private const string Items = "/v1/galleries/photos/items";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_picture_comes_whole_in_part_or_not_again()
    {
        (_, JsonElement item) = await served.Get($"{Items}/2");
        byte[] file = await File.ReadAllBytesAsync(Path.Combine(served.Photos, item.GetProperty("path").GetString()!), Stop);
        using HttpResponseMessage whole = await served.Client.GetAsync($"{Items}/2/image", Stop);
        Assert.Equal("image/png", whole.Content.Headers.ContentType!.MediaType);
        Assert.Equal(file, await whole.Content.ReadAsByteArrayAsync(Stop));
        using HttpRequestMessage range = new(HttpMethod.Get, $"{Items}/2/image") { Headers = { Range = new(4, 9) } };
        using HttpResponseMessage part = await served.Client.SendAsync(range, Stop);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(file[4..10], await part.Content.ReadAsByteArrayAsync(Stop));
        Assert.Equal(HttpStatusCode.NotModified, await Again($"{Items}/2/image", whole.Headers.ETag!));
        using HttpRequestMessage beyond = new(HttpMethod.Get, $"{Items}/2/image") { Headers = { Range = new(file.Length, null) } };
        using HttpResponseMessage none = await served.Client.SendAsync(beyond, Stop);
        Assert.Equal((HttpStatusCode.RequestedRangeNotSatisfiable, file.Length), (none.StatusCode, none.Content.Headers.ContentRange!.Length));
        using HttpRequestMessage other = new(HttpMethod.Get, $"{Items}/2/image")
        {
            Headers = { Range = new(4, 9), IfRange = new(new EntityTagHeaderValue("\"another\"")) },
        };
        using HttpResponseMessage all = await served.Client.SendAsync(other, Stop);
        Assert.Equal((HttpStatusCode.OK, file.Length), (all.StatusCode, (await all.Content.ReadAsByteArrayAsync(Stop)).Length));
    }

    [Theory]
    [InlineData("/v1/galleries/photos/items/2/image")]
    [InlineData("/v1/galleries/photos/items/2/thumbnail?w=70")]
    [InlineData("/v1/galleries/photos/items/2")]
    [InlineData("/v1/galleries/photos/items/9999")]
    [InlineData("/v1/galleries/photos")]
    [InlineData("/v1/info")]
    [InlineData("/healthz/ready")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/")]
    public async Task Head_is_answered_as_get_without_a_body(string path)
    {
        using HttpResponseMessage get = await served.Client.GetAsync(path, Stop);
        using HttpRequestMessage ask = new(HttpMethod.Head, path);
        using HttpResponseMessage head = await served.Client.SendAsync(ask, Stop);
        Assert.Equal((get.StatusCode, get.Content.Headers.ContentType?.ToString(), get.Headers.ETag),
            (head.StatusCode, head.Content.Headers.ContentType?.ToString(), head.Headers.ETag));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Stop));
        if (path.Contains("/items/2/", StringComparison.Ordinal))
            Assert.Equal((await get.Content.ReadAsByteArrayAsync(Stop)).Length, head.Content.Headers.ContentLength);
        using HttpRequestMessage events = new(HttpMethod.Head, "/v1/jobs/1/events");
        using HttpResponseMessage none = await served.Client.SendAsync(events, Stop);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, none.StatusCode);
    }

    [Fact]
    public async Task A_file_that_was_put_in_the_place_of_a_picture_is_not_sent()
    {
        await File.WriteAllBytesAsync(Path.Combine(served.Photos, "replaced.png"), ServedGallery.Picture(950), Stop);
        await Refreshed();
        (_, JsonElement found) = await served.Search("""{"text": "a", "top": 1, "filter": {"field": "path", "value": "replaced.png"}}""");
        long id = ServedGallery.Ids(found).Single();
        using HttpResponseMessage before = await served.Client.GetAsync($"{Items}/{id}/thumbnail", Stop);
        await File.WriteAllBytesAsync(Path.Combine(served.Photos, "replaced.png"), ServedGallery.Picture(951)[..^1], Stop);
        Assert.Equal(HttpStatusCode.OK, await Again($"{Items}/{id}/thumbnail", before.Headers.ETag!));
        File.Delete(Path.Combine(served.Photos, "replaced.png"));
        await File.WriteAllTextAsync(served.At("secret"), "a secret", Stop);
        File.CreateSymbolicLink(Path.Combine(served.Photos, "replaced.png"), served.At("secret"));
        (int status, JsonElement problem) = await served.Get($"{Items}/{id}/image");
        Assert.Equal((404, "file_gone"), (status, problem.GetProperty("code").GetString()));
        File.Delete(Path.Combine(served.Photos, "replaced.png"));
        await Refreshed();
    }

    [Fact]
    public async Task A_thumbnail_is_a_small_jpeg_and_not_sent_twice()
    {
        using HttpResponseMessage answer = await served.Client.GetAsync($"{Items}/1/thumbnail?w=33", Stop);
        Assert.Equal("image/jpeg", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal([0xFF, 0xD8, 0xFF], (await answer.Content.ReadAsByteArrayAsync(Stop))[..3]);
        Assert.Equal(HttpStatusCode.NotModified, await Again($"{Items}/1/thumbnail?w=70", answer.Headers.ETag!));
        Assert.Equal(HttpStatusCode.OK, await Again($"{Items}/1/thumbnail?w=200", answer.Headers.ETag!));
        Assert.Equal(400, (await served.Get($"{Items}/1/thumbnail?w=0")).Status);
    }

    [Theory]
    [InlineData("99999")]
    [InlineData("../../../etc/passwd")]
    [InlineData("..%2f..%2f.cirrus%2fmanifest.json")]
    [InlineData("%2e%2e/%2e%2e/manifest.json")]
    [InlineData("1%00")]
    [InlineData("-1")]
    public async Task Only_ids_of_indexed_pictures_are_served(string id)
    {
        foreach (string of in new[] { "", "/image", "/thumbnail" })
        {
            (int status, JsonElement problem) = await served.Get($"{Items}/{id}{of}");
            Assert.Contains(status, new[] { 400, 404 });
            if (status == 404)
                Assert.NotEmpty(problem.GetProperty("code").GetString()!);
        }
    }

    [Fact]
    public async Task An_upload_is_added_once_and_its_file_goes_when_it_is_forgotten()
    {
        byte[] picture = ServedGallery.Picture(501);
        (int status, JsonElement first) = await served.Post(Items, ServedGallery.Form(null, ("new", picture)));
        Assert.Equal(201, status);
        JsonElement added = first.GetProperty("items")[0];
        long id = added.GetProperty("item").GetProperty("id").GetInt64();
        string path = Path.Combine(served.Photos, added.GetProperty("item").GetProperty("path").GetString()!);
        Assert.Equal(picture, await File.ReadAllBytesAsync(path, Stop));
        (status, JsonElement second) = await served.Post(Items, ServedGallery.Form(null, ("again", picture)));
        Assert.Equal((200, false, id), (status, second.GetProperty("items")[0].GetProperty("added").GetBoolean(),
            second.GetProperty("items")[0].GetProperty("item").GetProperty("id").GetInt64()));
        (_, JsonElement found) = await served.Search($$"""{"images": [{"id": {{id}}}], "top": 1, "includeQuery": true, "method": "image"}""");
        Assert.Equal([id], ServedGallery.Ids(found));
        using (HttpResponseMessage gone = await served.Client.DeleteAsync($"{Items}/{id}", Stop))
            Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        Assert.False(File.Exists(path));
        Assert.Equal(404, (await served.Get($"{Items}/{id}")).Status);
        Assert.Equal(415, (await served.Post(Items, ServedGallery.Form(null, ("text", "no picture"u8.ToArray())))).Status);
    }

    [Fact]
    public async Task Pictures_of_one_request_are_one_change_all_or_none()
    {
        string folder = Path.Combine(served.Photos, GalleryFolder.Name);
        byte[] one = ServedGallery.Picture(601), two = ServedGallery.Picture(602);
        long before = GalleryFolder.VersionOf(folder);
        (int status, JsonElement answer) = await served.Post(Items, ServedGallery.Form(null, ("one", one), ("two", two), ("one again", one)));
        Assert.Equal((201, before + 1), (status, GalleryFolder.VersionOf(folder)));
        JsonElement[] items = [.. answer.GetProperty("items").EnumerateArray()];
        Assert.Equal([true, true, false], items.Select(i => i.GetProperty("added").GetBoolean()));
        long[] ids = [.. items.Select(i => i.GetProperty("item").GetProperty("id").GetInt64())];
        Assert.Equal((ids[0], ids[0] + 1), (ids[2], ids[1]));
        Assert.Equal(ids[1], (await served.Get($"{Items}/{ids[1]}")).Json.GetProperty("id").GetInt64());
        (status, answer) = await served.Post(Items, ServedGallery.Form(null, ("two", two), ("one", one)));
        Assert.Equal((200, before + 1), (status, GalleryFolder.VersionOf(folder)));
        Assert.Equal([ids[1], ids[0]], answer.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("item").GetProperty("id").GetInt64()));

        byte[] damaged = [.. ServedGallery.Picture(604).AsSpan(0, 200)];
        (status, answer) = await served.Post(Items, ServedGallery.Form(null, ("good", ServedGallery.Picture(603)), ("damaged", damaged)));
        Assert.Equal((422, before + 1), (status, GalleryFolder.VersionOf(folder)));
        Assert.DoesNotContain(Directory.GetFiles(Path.Combine(served.Photos, "uploads")), f =>
            File.ReadAllBytes(f).AsSpan().SequenceEqual(ServedGallery.Picture(603)));
        Assert.Equal(0, (await Refreshed()).GetProperty("summary").GetProperty("new").GetInt32());
    }

    [Fact]
    public async Task The_same_uploads_at_once_are_added_once()
    {
        byte[][] pictures = [.. Enumerable.Range(0, 3).Select(i => ServedGallery.Picture(610 + (ulong)i))];
        (int Status, JsonElement Json)[] answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            Uploaded()));
        Assert.All(answers, a => Assert.Contains(a.Status, new[] { 200, 201 }));
        JsonElement[][] items = [.. answers.Select(a => a.Json.GetProperty("items").EnumerateArray().ToArray())];
        Assert.Equal(3, items.Sum(all => all.Count(i => i.GetProperty("added").GetBoolean())));
        Assert.Single(items.Select(all => string.Join(' ', all.Select(i => i.GetProperty("item").GetProperty("id").GetInt64()))).Distinct());

        async Task<(int Status, JsonElement Json)> Uploaded()
        {
            (int Status, JsonElement Json) answer;
            do
                answer = await served.Post(Items, ServedGallery.Form(null, [.. pictures.Select((p, i) => ($"p{i}", p))]));
            while (answer.Status == 409);              // on a slow machine the others may write longer than the server lets one wait
            return answer;
        }
    }

    // The server looks every two seconds whether somebody else has written: it takes the first picture for one that is there.
    [Fact]
    public async Task A_picture_that_another_program_has_just_taken_out_is_added_again()
    {
        byte[] one = ServedGallery.Picture(650);
        (_, JsonElement first) = await served.Post(Items, ServedGallery.Form(null, ("one", one)));
        long id = first.GetProperty("items")[0].GetProperty("item").GetProperty("id").GetInt64();
        using (GalleryWriter other = GalleryWriter.Open(Path.Combine(served.Photos, GalleryFolder.Name)))
            other.Commit(new() { Gone = [id] });
        (int status, JsonElement answer) = await served.Post(Items, ServedGallery.Form(null, ("one", one), ("two", ServedGallery.Picture(651))));
        Assert.Equal(201, status);
        foreach (JsonElement item in answer.GetProperty("items").EnumerateArray())
        {
            Assert.True(item.GetProperty("added").GetBoolean());
            Assert.Equal(200, (await served.Get($"{Items}/{item.GetProperty("item").GetProperty("id").GetInt64()}")).Status);
        }
    }

    [Fact]
    public async Task What_is_forgotten_stays_so_though_its_file_is_there()
    {
        (_, JsonElement item) = await served.Get($"{Items}/5");
        using (HttpResponseMessage gone = await served.Client.DeleteAsync($"{Items}/5", Stop))
            Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        Assert.True(File.Exists(Path.Combine(served.Photos, item.GetProperty("path").GetString()!)));
        JsonElement found = (await Refreshed()).GetProperty("summary");
        Assert.Equal((0, 0), (found.GetProperty("new").GetInt32(), found.GetProperty("unreadable").GetInt32()));
        Assert.Equal(0, (await served.Get("/v1/galleries/photos")).Json.GetProperty("unreadable").GetInt32());
        Assert.Equal(404, (await served.Get($"{Items}/5")).Status);
        using HttpResponseMessage twice = await served.Client.DeleteAsync($"{Items}/5", Stop);
        Assert.Equal(HttpStatusCode.NotFound, twice.StatusCode);
    }

    [Fact]
    public async Task A_refresh_is_watched_to_its_end_and_finds_what_is_new()
    {
        await File.WriteAllBytesAsync(Path.Combine(served.Photos, "late.png"), ServedGallery.Picture(900), Stop);
        JsonElement done = await Refreshed();
        Assert.Equal("done", done.GetProperty("state").GetString());
        Assert.Equal(1, done.GetProperty("summary").GetProperty("new").GetInt32());
        (_, JsonElement found) = await served.Search("""{"text": "a fish", "top": 100, "filter": {"field": "path", "value": "late.png"}}""");
        Assert.Equal(1, found.GetProperty("matched").GetInt32());
        Assert.Equal(404, (await served.Get("/v1/jobs/77")).Status);
    }

    [Fact]
    public async Task Searches_during_a_refresh_say_what_the_library_says()
    {
        for (int i = 0; i < 20; i++)
            await File.WriteAllBytesAsync(Path.Combine(served.Photos, $"more{i}.png"), ServedGallery.Picture(2000 + (ulong)i), Stop);
        using Retriever before = Retriever.Open(served.Photos, PlaygroundClip.Folder);
        Task<JsonElement> refresh = Refreshed();
        string[] texts = ["a red fish", "a house at night", "two trees", "a blue heart"];
        (string Text, JsonElement Answer)[] during = await Task.WhenAll(Enumerable.Range(0, 24).Select(async i => (texts[i % texts.Length],
            (await served.Search($$"""{"text": "{{texts[i % texts.Length]}}", "top": 5}""")).Json)));
        await refresh;
        using Retriever after = Retriever.Open(served.Photos, PlaygroundClip.Folder);
        foreach ((string text, JsonElement answer) in during)
        {
            long[][] right = [.. new[] { before, after }.Select(r => r.Search(new([], text), 5).Hits.Select(h => h.Id).ToArray())];
            Assert.Contains(right, r => r.SequenceEqual(ServedGallery.Ids(answer)));
        }
    }

    [Fact]
    public async Task Duplicates_are_grouped()
    {
        byte[] twin = await File.ReadAllBytesAsync(Path.Combine(served.Photos, "p02.png"), Stop);
        await File.WriteAllBytesAsync(Path.Combine(served.Photos, "twin.png"), twin, Stop);
        await Refreshed();
        (int status, JsonElement list) = await served.Get("/v1/galleries/photos/duplicates?top=100");
        Assert.Equal(200, status);
        Assert.Contains(list.GetProperty("groups").EnumerateArray(), g =>
            g.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("path").GetString()).ToHashSet().IsSupersetOf(["p02.png", "twin.png"]));
    }

    [Fact]
    public void Comparing_for_duplicates_stops_when_nobody_waits()
    {
        using Retriever retriever = Retriever.Open(served.Photos, PlaygroundClip.Folder);
        Assert.ThrowsAny<OperationCanceledException>(() => NearDuplicates.Of(retriever, new(canceled: true)));
    }

    private async Task<HttpStatusCode> Again(string path, EntityTagHeaderValue tag)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path) { Headers = { IfNoneMatch = { tag } } };
        using HttpResponseMessage answer = await served.Client.SendAsync(request, Stop);
        return answer.StatusCode;
    }

    /// <summary>Refreshes and reads the events to the last.</summary>
    private async Task<JsonElement> Refreshed()
    {
        using HttpResponseMessage started = await served.Client.PostAsync("/v1/galleries/photos/refresh", null, Stop);
        Assert.Equal(HttpStatusCode.Accepted, started.StatusCode);
        using HttpResponseMessage events = await served.Client.GetAsync($"{started.Headers.Location}/events",
            HttpCompletionOption.ResponseHeadersRead, Stop);
        Assert.Equal("text/event-stream", events.Content.Headers.ContentType!.MediaType);
        string[] lines = (await events.Content.ReadAsStringAsync(Stop)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("event: done", lines[^2]);
        using JsonDocument last = JsonDocument.Parse(lines[^1]["data: ".Length..]);
        return last.RootElement.Clone();
    }
}
