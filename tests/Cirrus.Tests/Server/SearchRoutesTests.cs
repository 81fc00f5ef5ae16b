using System.Security.Cryptography;
using System.Text.Json;
using Cirrus.Playground;

namespace Cirrus.Tests.Server;

/// <summary>Searches over HTTP say what the library says.</summary>
public sealed class SearchRoutesTests(ServedGallery served) : IClassFixture<ServedGallery>
{
    [Fact]
    public async Task An_answer_is_the_librarys()
    {
        using Retriever retriever = Retriever.Open(served.Photos, PlaygroundClip.Folder);
        SearchAnswer direct = retriever.Search(new([new(Id: 3)], "is at night", ["a fish"], [new("sand")]), new SearchOptions(5) { Explain = true });
        (int status, JsonElement answer) = await served
            .Search("""{"images": [{"id": 3}], "text": "is at night", "and": ["a fish"], "without": ["sand"], "top": 5}""");
        Assert.Equal(200, status);
        Assert.Equal(direct.Hits.Select(h => h.Id), ServedGallery.Ids(answer));
        Assert.Equal(direct.Hits.Select(h => h.Score), answer.GetProperty("hits").EnumerateArray().Select(h => h.GetProperty("score").GetSingle()));
        Assert.Equal(direct.Prompt, answer.GetProperty("composed").GetProperty("prompt").GetString());
        Assert.Equal(ServedGallery.Pictures, answer.GetProperty("total").GetInt32());
        Assert.Equal(direct.Hits[0].Terms!["words"], answer.GetProperty("hits")[0].GetProperty("terms").GetProperty("words").GetSingle());
    }

    [Fact]
    public async Task A_picture_is_the_same_as_part_as_base64_and_by_its_hash()
    {
        byte[] picture = ServedGallery.Picture(77);
        (int status, JsonElement asPart) = await served.Post("/v1/search",
            ServedGallery.Form("""{"images": [{"upload": "shoe"}], "text": "in blue"}""", ("shoe", picture)));
        Assert.Equal(200, status);
        (_, JsonElement asText) = await served.Search($$"""{"images": [{"data": "{{Convert.ToBase64String(picture)}}"}], "text": "in blue"}""");
        Assert.Equal(ServedGallery.Ids(asPart), ServedGallery.Ids(asText));
        string hash = asPart.GetProperty("composed").GetProperty("images")[0].GetProperty("hash").GetString()!;
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(picture)), hash);
        (_, JsonElement byHash) = await served.Search($$"""{"images": [{"hash": "{{hash}}"}], "text": "in blue"}""");
        Assert.Equal(ServedGallery.Ids(asPart), ServedGallery.Ids(byHash));
        (status, JsonElement unknown) = await served.Search($$"""{"images": [{"hash": "{{new string('0', 64)}}"}]}""");
        Assert.Equal((404, "unknown_picture"), (status, unknown.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task The_query_part_of_a_form_may_be_as_long_as_a_body()
    {
        string data = Convert.ToBase64String([.. ServedGallery.Picture(78), .. new byte[900_000]]), spaces = new(' ', 1_500_000);
        (int status, JsonElement answer) = await served.Post("/v1/search", ServedGallery.Form($$"""{{{spaces}}"images": [{"data": "{{data}}"}]}"""));
        Assert.Equal((200, ServedGallery.Pictures), (status, answer.GetProperty("total").GetInt32()));
    }

    [Fact]
    public async Task Pages_follow_each_other_and_a_filter_needs_no_new_query()
    {
        (_, JsonElement all) = await served.Search("""{"text": "a red fish", "top": 12}""");
        (_, JsonElement page) = await served.Search("""{"text": "a red fish", "top": 5}""");
        string id = page.GetProperty("queryId").GetString()!;
        List<long> read = [.. ServedGallery.Ids(page)];
        while (page.TryGetProperty("nextCursor", out JsonElement cursor))
        {
            (_, page) = await served.Get($"/v1/search/{id}?cursor={cursor.GetString()}");
            read.AddRange(ServedGallery.Ids(page));
        }
        Assert.Equal(ServedGallery.Ids(all), read);
        (_, JsonElement inner) = await served
            .Get($"/v1/search/{id}?top=12&filter={Uri.EscapeDataString("""{"field": "path", "value": "inner/**"}""")}");
        Assert.Equal(4, inner.GetProperty("matched").GetInt32());
        Assert.Equal(4, ServedGallery.Ids(inner).Length);
        (int status, JsonElement gone) = await served.Get("/v1/search/never-was");
        Assert.Equal((404, "expired_query"), (status, gone.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_least_score_cuts()
    {
        (_, JsonElement all) = await served.Search("""{"text": "a red fish", "top": 12}""");
        float third = all.GetProperty("hits")[2].GetProperty("score").GetSingle();
        (_, JsonElement cut) = await served.Search(
            $$$"""{"text": "a red fish", "top": 12, "cut": {"minScore": {{{third.ToString("R", System.Globalization.CultureInfo.InvariantCulture)}}}}}""");
        Assert.Equal(ServedGallery.Ids(all)[..3], ServedGallery.Ids(cut));
    }

    [Fact]
    public async Task A_vector_is_a_query_and_embeddings_are_such_vectors()
    {
        (int status, JsonElement made) = await served.Post("/v1/embeddings",
            new StringContent(
                """{"texts": ["a red fish"], "images": [{"id": 2}], "queries": [{"images": [{"id": 2}], "text": "at night"}], "format": "base64"}""",
                    null, "application/json"));
        Assert.Equal(200, status);
        JsonElement[] vectors = [.. made.GetProperty("embeddings").EnumerateArray()];
        Assert.Equal(["text", "image", "query"], vectors.Select(v => v.GetProperty("of").GetString()));
        (_, JsonElement byText) = await served.Search("""{"text": "a red fish", "top": 12, "method": "text"}""");
        (_, JsonElement byVector) = await served.Search($$"""{"vector": "{{vectors[0].GetProperty("base64").GetString()}}", "top": 12}""");
        Assert.Equal(ServedGallery.Ids(byText), ServedGallery.Ids(byVector));
        (_, JsonElement itself) = await served.Search($$"""{"vector": "{{vectors[1].GetProperty("base64").GetString()}}", "top": 1}""");
        Assert.Equal([2], ServedGallery.Ids(itself));
    }

    [Fact]
    public async Task Folding_leaves_no_picture_out()
    {
        (_, JsonElement folded) = await served.Search("""{"text": "a red fish", "top": 12, "foldDuplicates": true}""");
        int others = folded.GetProperty("hits").EnumerateArray().Sum(h => h.TryGetProperty("duplicates", out JsonElement d) ? d.GetArrayLength() : 0);
        Assert.Equal(ServedGallery.Pictures, ServedGallery.Ids(folded).Length + others);
        (int status, JsonElement problem) = await served.Get($"/v1/search/{folded.GetProperty("queryId").GetString()}?cursor=c1000");
        Assert.Equal((400, "cursor"), (status, problem.GetProperty("errors")[0].GetProperty("field").GetString()));
    }

    [Theory]
    [InlineData("{}", 400, "invalid_request", "")]
    [InlineData("{", 400, "malformed_json", null)]
    [InlineData("null", 400, "malformed_json", null)]
    [InlineData("""{"txt": "a"}""", 400, "unknown_field", "txt")]
    [InlineData("""{"text": 5}""", 400, "malformed_json", "text")]
    [InlineData("""{"text": "a", "top": 0}""", 400, "invalid_request", "top")]
    [InlineData("""{"text": "a", "top": 1001}""", 400, "invalid_request", "top")]
    [InlineData("""{"text": "a", "imageWeight": 1.5}""", 400, "invalid_request", "imageWeight")]
    [InlineData("""{"text": "a", "cut": "some"}""", 400, "invalid_request", "cut")]
    [InlineData("""{"text": "a", "include": ["all"]}""", 400, "invalid_request", "include")]
    [InlineData("""{"text": "a", "method": "guess"}""", 400, "invalid_request", "method")]
    [InlineData("""{"text": "a", "filter": {"field": "colour", "value": "red"}}""", 400, "invalid_request", "filter")]
    [InlineData("""{"images": [{}]}""", 400, "invalid_request", "images[0]")]
    [InlineData("""{"images": [null]}""", 400, "invalid_request", "images[0]")]
    [InlineData("""{"images": [{"id": 1, "hash": "a"}]}""", 400, "invalid_request", "images[0]")]
    [InlineData("""{"images": [{"id": 1, "crop": {"x": 0.9, "y": 0, "width": 0.2, "height": 1}}]}""", 400, "invalid_request", "images[0].crop")]
    [InlineData("""{"images": [{"data": "*"}]}""", 400, "invalid_request", "images[0].data")]
    [InlineData("""{"images": [{"upload": "a"}]}""", 400, "invalid_request", "images[0].upload")]
    [InlineData("""{"images": [{"url": "http://127.0.0.1/a.png"}]}""", 400, "invalid_request", "images[0].url")]
    [InlineData("""{"without": ["a"]}""", 400, "invalid_request", "")]
    [InlineData("""{"images": [{"id": 1}], "text": "a", "template": "a photo"}""", 400, "invalid_request", "template")]
    [InlineData("""{"vector": [1, 2]}""", 400, "invalid_request", "vector")]
    [InlineData("""{"vector": "huge"}""", 400, "invalid_request", "vector")]
    [InlineData("""{"text": "a", "gallery": "other"}""", 404, "unknown_gallery", null)]
    [InlineData("""{"images": [{"id": 999}]}""", 404, "unknown_item", null)]
    [InlineData("""{"images": [{"id": 1}], "text": "a", "method": "lincir"}""", 409, "no_weights", null)]
    [InlineData("""{"images": [{"data": "aGVsbG8gaGVsbG8gaGVsbG8="}]}""", 415, "not_a_picture", null)]
    [InlineData("""{"images": [{"data": "iVBORw0KGgoAAAANSUhEUg=="}]}""", 422, "cannot_be_decoded", null)]
    public async Task What_is_wrong_is_said(string body, int status, string code, string? field)
    {
        int p = (await served.Get("/v1/galleries/photos")).Json.GetProperty("model").GetProperty("p").GetInt32();
        string huge = $"[{string.Join(", ", Enumerable.Repeat("1e30", p))}]";             // numbers whose length is none
        (int got, JsonElement problem) = await served.Search(body.Replace("\"huge\"", huge, StringComparison.Ordinal));
        Assert.Equal((status, code), (got, problem.GetProperty("code").GetString()));
        Assert.Equal(32, problem.GetProperty("traceId").GetString()!.Length);
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
        if (field is not null)
            Assert.Contains(field, problem.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("field").GetString()));
    }

    [Fact]
    public async Task Too_much_is_refused()
    {
        byte[] wide = Png.Encode(new byte[3 * 256 * 256], 256);
        (int status, JsonElement problem) = await served.Post("/v1/search", ServedGallery.Form("""{"images": [{"upload": "a"}]}""", ("a", wide)));
        Assert.Equal((413, "too_many_pixels"), (status, problem.GetProperty("code").GetString()));
        (status, problem) = await served.Post("/v1/search", ServedGallery.Form("""{"images": [{"upload": "a"}]}""", ("a", new byte[(1 << 20) + 1])));
        Assert.Equal((413, "too_large"), (status, problem.GetProperty("code").GetString()));
        for (int i = 0; i < 10; i++)
        {
            (status, problem) = await served.Search("{\"text\": \"" + new string('a', 4 << 20) + "\"}");
            Assert.Equal((413, "too_large"), (status, problem.GetProperty("code").GetString()));
        }
        (status, problem) = await served.Post("/v1/search", new StringContent("a", null, "text/plain"));
        Assert.Equal((415, "media_type"), (status, problem.GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData("""{"text": "a", "include": [#"score"]}""", "\"score\", ", "include")]
    [InlineData("""{"text": "a", "and": [#"b"]}""", "null, ", "and")]
    [InlineData("""{"text": "a", "without": [#"b"]}""", "\"\", ", "without")]
    [InlineData("""{"images": [#{"id": 1}]}""", "null, ", "images")]
    [InlineData("""{"text": "a", "cut": {#"minScore": 0}}""", " ", "cut")]
    [InlineData("""{"text": "a", "method": "#"}""", "x", "method")]
    [InlineData("""{"text": "a", "#": 1}""", "x", null)]
    [InlineData("""{"text": "a", "gallery": "#"}""", "x", null)]
    public async Task A_request_full_of_errors_has_a_short_answer(string body, string filling, string? field)
    {
        (int status, JsonElement problem) = await served.Search(body.Replace("#", string.Concat(Enumerable.Repeat(filling, (1 << 20) / filling.Length)), StringComparison.Ordinal));
        Assert.InRange(status, 400, 404);
        Assert.InRange(problem.GetRawText().Length, 1, 20_000);
        if (field is not null)
            Assert.Equal(field, problem.GetProperty("errors")[0].GetProperty("field").GetString());
    }

    [Fact]
    public async Task A_client_that_goes_away_disturbs_nobody()
    {
        bool left = false;
        for (int i = 0; i < 1000 && !left; i++)                                      // on a busy machine the answer may be here before it is gone
        {
            using CancellationTokenSource gone = new();
            Task<HttpResponseMessage> asked = served.Client.PostAsync("/v1/search",
                new StringContent($$"""{"text": "a text nobody waits for, number {{i}}"}""", null, "application/json"), gone.Token);
            await gone.CancelAsync();
            left = await Record.ExceptionAsync(async () => (await asked).Dispose()) is OperationCanceledException;
        }
        Assert.True(left);
        Assert.Equal(200, (await served.Search("""{"text": "a red fish"}""")).Status);
    }
}
