using System.Net;
using System.Text.Json;
using Cirrus.Methods;

namespace Cirrus.Tests.Server;

/// <summary>What the server says of itself, its galleries, models and methods.</summary>
public sealed class InfoRoutesTests(ServedGallery served) : IClassFixture<ServedGallery>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_gallery_says_how_it_is_searched_and_what_it_has()
    {
        Assert.Equal(200, (await served.Search("""{"text": "a"}""")).Status);
        (int status, JsonElement gallery) = await served.Get("/v1/galleries/photos");
        Assert.Equal(200, status);
        Assert.Equal((ServedGallery.Pictures, "ready", "photos"), (gallery.GetProperty("items").GetInt32(),
            gallery.GetProperty("state").GetString(), gallery.GetProperty("root").GetString()));
        Assert.Equal("""{"kind":"QuantizedFlat","distance":"CosineSimilarity"}""", gallery.GetProperty("index").GetRawText());
        Assert.Equal("""[{"value":"inner","count":4}]""", gallery.GetProperty("facets").GetProperty("path").GetRawText());
        Assert.Contains("slerp", gallery.GetProperty("methods").EnumerateArray().Select(m => m.GetString()));
    }

    [Fact]
    public async Task A_model_has_its_licence_and_its_context()
    {
        await served.Search("""{"text": "a"}""");
        (_, JsonElement all) = await served.Get("/v1/models");
        JsonElement model = Assert.Single(all.GetProperty("models").EnumerateArray());
        Assert.Equal(("Apache-2.0", "ready"), (model.GetProperty("licence").GetString(), model.GetProperty("state").GetString()));
        using Retriever retriever = Retriever.Open(served.Photos);
        Assert.Equal((retriever.Encoder.Clip.Fingerprint, retriever.Encoder.Clip.Tokenizer.Context, retriever.Encoder.Clip.Config.P),
            (model.GetProperty("fingerprint").GetString(), model.GetProperty("context").GetInt32(), model.GetProperty("p").GetInt32()));
    }

    [Fact]
    public async Task Methods_are_the_librarys_with_what_their_knobs_mean()
    {
        (_, JsonElement all) = await served.Get("/v1/methods");
        JsonElement[] methods = [.. all.GetProperty("methods").EnumerateArray()];
        Assert.Equal(Method.All.Select(m => m.Name), methods.Select(m => m.GetProperty("name").GetString()));
        foreach ((JsonElement said, Method method) in methods.Zip(Method.All))
        {
            JsonElement weight = said.GetProperty("imageWeight");
            Assert.Equal(method.ImageWeightMeaning, weight.GetProperty("meaning").GetString());
            Assert.Equal(method.UsualImageWeight, Default("default"));
            Assert.Equal(method.UsualMaskedImageWeight, Default("defaultWithMask"));
            Assert.Equal(method.NeedsWeights ? 0 : 1, said.GetProperty("galleries").GetArrayLength());

            float? Default(string name) => weight.TryGetProperty(name, out JsonElement value) ? value.GetSingle() : null;
        }
    }

    [Fact]
    public async Task The_image_weight_that_a_method_names_is_the_one_it_takes()
    {
        (_, JsonElement all) = await served.Get("/v1/methods");
        int compared = 0;
        foreach (JsonElement method in all.GetProperty("methods").EnumerateArray().Where(m => m.GetProperty("galleries").GetArrayLength() > 0))
        {
            string name = method.GetProperty("name").GetString()!;
            if (!method.GetProperty("imageWeight").TryGetProperty("default", out JsonElement usual))
            {
                Assert.Contains(name, new[] { "text", "image" });
                continue;
            }
            Assert.Equal(await Scores(""), await Scores($$""", "imageWeight": {{usual.GetRawText()}}"""));
            Assert.NotEqual(await Scores(""), await Scores(""", "imageWeight": 0.93"""));
            compared++;

            async Task<double[]> Scores(string weight)
            {
                (int status, JsonElement found) = await served
                    .Search($$"""{"images": [{"id": 2}], "text": "is at night", "top": 12, "method": "{{name}}"{{weight}}}""");
                Assert.Equal(200, status);
                return [.. found.GetProperty("hits").EnumerateArray().Select(h => Math.Round(h.GetProperty("score").GetDouble(), 5))];
            }
        }
        Assert.True(compared >= 4, $"{compared} methods");
    }

    [Fact]
    public async Task Limits_are_those_that_are_kept()
    {
        (_, JsonElement info) = await served.Get("/v1/info");
        Assert.Equal((1 << 20, 3 << 20, 0.05), (info.GetProperty("limits").GetProperty("uploadBytes").GetInt32(),
            info.GetProperty("limits").GetProperty("bodyBytes").GetInt32(),
            info.GetProperty("limits").GetProperty("megapixels").GetDouble()));
        Assert.False(info.GetProperty("urlsAllowed").GetBoolean());
        using HttpResponseMessage yaml = await served.Client.GetAsync("/openapi/v1.yaml", Stop);
        Assert.Equal(HttpStatusCode.OK, yaml.StatusCode);
        Assert.StartsWith("openapi: ", await yaml.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }
}
