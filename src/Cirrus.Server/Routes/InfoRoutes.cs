using System.Reflection;
using Cirrus.Clip;
using Cirrus.Hub;
using Cirrus.Methods;
using Cirrus.Server.Api;
using Cirrus.Server.Errors;
using Cirrus.Server.Galleries;
using Cirrus.Server.Guards;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Cirrus.Server.Routes;

/// <summary>What this server is and can: health, info, methods, models.</summary>
internal static class InfoRoutes
{
    /// <summary>Of the CLIP that ships.</summary>
    private const string OwnLicence = "Apache-2.0";

    public static string Version { get; } = typeof(InfoRoutes)
        .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    public static void MapHealth(IEndpointRouteBuilder app)
    {
        RouteGroupBuilder health = app.MapGroup("/healthz");
        health.AlsoHead();
        health.MapGet("/live", () => TypedResults.Ok(new HealthInfo("ok"))).WithName("live").WithSummary("The process lives.").WithTags("Server");
        health.MapGet("/ready", Ready).WithName("ready").WithSummary(
            "Galleries are open; a model may still be loading, and searches wait for it. 503 when none of the galleries can be searched.")
            .WithTags("Server").Problems(503);
    }

    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapGet("/info", Info).WithName("getInfo").WithSummary("Version, device and limits.").WithTags("Server");
        v1.MapGet("/methods", Methods).WithName("listMethods")
            .WithSummary("Ways of composing: what they do, their knobs with ranges and meaning.").WithTags("Server");
        v1.MapGet("/models", Models).WithName("listModels").WithSummary("The CLIPs of the galleries.").WithTags("Server");
    }

    /// <summary>Why a model did not load names places of this machine, and is for bearers of the key.</summary>
    private static Ok<HealthInfo> Ready(GalleryHost galleries, Door door, HttpContext http)
    {
        int failed = galleries.All.Count(g => g.State == "failed");
        if (failed > 0 && failed == galleries.All.Count)
            try
            {
                galleries.All[0].NeedsToBeUsable();
            }
            catch (ApiException e) when (!door.BearsKey(http.Request))
            {
                throw new ApiException(e.Status, e.Code, "No gallery can be searched: the model did not load.", "ask with the key to be told why", e)
                {
                    RetryAfter = e.RetryAfter,
                };
            }
        return TypedResults.Ok(new HealthInfo(failed > 0 ? "degraded" : "ok", galleries.All.Any(g => g.State == "loading") ? "model" : null));
    }

    private static Ok<ServerInfo> Info(ServerOptions options)
    {
        ServerLimits l = options.Limits;
        return TypedResults.Ok(new ServerInfo("cirrus", Version, new("CPU", Environment.ProcessorCount),
            new((long)l.PictureMegabytes << 20, (long)l.BodyMegabytes << 20, l.Megapixels, l.Images, l.Top, l.TextLength,
                l.Terms, l.EmbeddingsAtOnce, l.QueryMinutes),
            options.AllowUrls, options.ApiKey is not null));
    }

    private static Ok<MethodList> Methods(GalleryHost galleries, ServerOptions options) =>
        TypedResults.Ok(new MethodList([.. Method.All.Select(m => new Api.MethodInfo(m.Name, m.Also, m.Summary,
        m.NeedsWeights, ReadsMask: m.Name == "compodiff",
        [.. galleries.All.Where(g => g.Methods.Contains(m.Name)).Select(g => g.Name)], m.PicturesMeaning, m.WithoutMeaning,
        m.WritesSentences ? PromptTemplates.Papers : null,
        new("imageWeight", 0, 1, Rounded(m.UsualImageWeight), m.ImageWeightMeaning, Rounded(m.UsualMaskedImageWeight)),
        m.Name == "compodiff" ? Sampling : [],
        options.Weights.TryGetValue(m.Name, out string? weights) ? WeightsLicence.Of(weights) : null))]));

    private static double? Rounded(float? weight) => weight is float w ? Math.Round(w, 3) : null;

    private static KnobInfo[] Sampling { get; } =
    [
        new("steps", 1, 100, 10, "of sampling; as published, 10 evaluate the network nine times, and 1 never: it is noise"),
        new("textScale", 0, 20, null, "how much further than the negative text the text pulls; 1 is plain; the weights say, else 7.5 as published"),
        new("imageScale", 0, 10, null, "how much further than without a picture the picture pulls; 1 is plain; the weights say, else 1.5 as published"),
        new("seed", 0, int.MaxValue, 0, "of the noise; the same seed gives the same answer"),
    ];

    private static Ok<ModelList> Models(GalleryHost galleries) =>
        TypedResults.Ok(new ModelList([.. galleries.All.GroupBy(g => g.View.Space.Fingerprint).Select(of =>
    {
        GalleryService first = of.First();
        GalleryView view = first.View;
        return new ModelInfo(view.Space.Model, of.Key, first.State, view.Space.P,
            Imaging.Preprocessing.Parse(view.Space.Preprocessing).Size, first.Ready?.Encoder.Clip.Tokenizer.Context,
            first.ModelPath is string path ? path == ClipModel.ShippedFolder ? OwnLicence : WeightsLicence.Of(path)
                : null, [.. of.Select(g => g.Name)]);
    })]));
}
