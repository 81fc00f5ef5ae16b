using System.Net;
using Cirrus.Server.Api;
using Cirrus.Server.Errors;
using Cirrus.Server.Galleries;
using Cirrus.Server.Guards;
using Cirrus.Server.Jobs;
using Cirrus.Server.Queries;
using Cirrus.Server.Routes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.OpenApi;

namespace Cirrus.Server;

/// <summary>The HTTP API and its page over any number of galleries.</summary>
public sealed class CirrusServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private CirrusServer(WebApplication app, bool isOpenToOthers) => (_app, IsOpenToOthers) = (app, isOpenToOthers);

    /// <summary>True when other machines reach it and need no key.</summary>
    public bool IsOpenToOthers { get; }

    /// <summary>Where it listens, once started: <c>http://127.0.0.1:7411</c>.</summary>
    public string Address => _app.Urls.First();

    /// <summary>Every route as <c>METHOD path</c> with what it does.</summary>
    public IEnumerable<(string Route, string Summary)> Routes =>
        ((IEndpointRouteBuilder)_app).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
        .Where(e => e.Metadata.GetMetadata<Microsoft.AspNetCore.Http.Metadata.IEndpointSummaryMetadata>() is not null)
        .Select(e =>
            ($"{e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods[0],-6} "
                + $"{e.RoutePattern.RawText?.Replace(":long", "", StringComparison.Ordinal)}",
            e.Metadata.GetMetadata<Microsoft.AspNetCore.Http.Metadata.IEndpointSummaryMetadata>()!.Summary));

    /// <summary>Opens the galleries and listens.</summary>
    /// <exception cref="Tensors.CirrusException">A gallery is not there, or the address is taken.</exception>
    public static async Task<CirrusServer> StartAsync(ServerOptions options, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ApiKey = ApiKey.Of(options);
        WebApplication app = Build(options);
        try
        {
            await app.StartAsync(stop);
            return new(app, options.ApiKey is null && !Door.IsLoopback(options.Host));
        }
        catch (IOException e)
        {
            await app.DisposeAsync();
            throw new Tensors.CirrusException($"http://{options.Host}:{options.Port} cannot be listened at: {e.Message}",
                hint: "another program has that port: take another with --port, or 0 for a free one", e);
        }
    }

    /// <summary>Serves until asked to stop; then requests in flight are finished and a running refresh keeps what it has.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, stop);
        }
        catch (OperationCanceledException)
        {
        }
        await _app.StopAsync(CancellationToken.None);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    internal static WebApplication Build(ServerOptions options)
    {
        TelemetryExport.Prepare(options);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(
            new() { ApplicationName = "cirrus", ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => Listen(k, options));
        builder.Logging.AddSimpleConsole(c => c.IncludeScopes = true).SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);    // what it says is thrown as well
        builder.Logging.Configure(l => l.ActivityTrackingOptions = ActivityTrackingOptions.TraceId);
        IServiceCollection services = builder.Services;
        services.Configure<ConsoleLoggerOptions>(c => c.LogToStandardErrorThreshold = LogLevel.Trace);
        services.Configure<HostOptions>(h => h.ShutdownTimeout = TimeSpan.FromSeconds(60));
        services.Configure<JsonOptions>(j => ApiJson.Configure(j.SerializerOptions).TypeInfoResolverChain.Insert(0, new ApiJson()));
        services.Configure<FormOptions>(f =>
            (f.MultipartBodyLengthLimit, f.ValueLengthLimit) = ((long)options.Limits.BodyMegabytes << 20, options.Limits.BodyMegabytes << 20));
        services.AddRoutingCore();
        services.AddOpenApi("v1", o => o.AddDocumentTransformer((document, _, _) =>
        {
            (document.Info.Title, document.Info.Version) = ("Cirrus", "v1");
            document.Servers?.Clear();
            foreach (IOpenApiPathItem path in document.Paths.Values)
                path.Operations?.Remove(HttpMethod.Head);                      // it says nothing that GET does not
            return Task.CompletedTask;
        }));
        services.AddSingleton(options);
        services.AddSingleton(_ => new GalleryHost(options));
        services.AddSingleton<Thumbnails>();
        services.AddSingleton<HandedPictures>();
        services.AddSingleton<UrlPictures>();
        services.AddSingleton<KeptQueries>();
        services.AddSingleton<PictureReader>();
        services.AddSingleton<Searcher>();
        services.AddSingleton<Embedder>();
        services.AddSingleton<JobBoard>();
        services.AddHostedService(s => s.GetRequiredService<JobBoard>());
        services.AddSingleton<Problems>();
        services.AddSingleton<Door>();
        services.AddSingleton<Rates>();
        services.AddSingleton<BodySize>();
        services.AddSingleton<TelemetryExport>();
        WebApplication app = builder.Build();
        _ = app.Services.GetRequiredService<GalleryHost>();            // opens the galleries now: what is wrong with them is said at the start
        _ = app.Services.GetRequiredService<TelemetryExport>();
        Problems problems = app.Services.GetRequiredService<Problems>();
        Door door = app.Services.GetRequiredService<Door>();
        if (options.OtlpEndpoint is not null)
            app.Use(next => http => TelemetryExport.Invoke(http, next));
        app.Use(next => http => problems.Invoke(http, next));
        app.Use(next => http => door.Invoke(http, next));
        BodySize sizes = app.Services.GetRequiredService<BodySize>();
        app.Use(next => http => sizes.Invoke(http, next));
        app.UseStatusCodePages(Problems.OfStatus);
        app.UseRouting();
        InfoRoutes.MapHealth(app);
        RouteGroupBuilder v1 = app.MapGroup("/v1");
        v1.AlsoHead();
        SearchRoutes.Map(v1);
        GalleryRoutes.Map(v1);
        ItemRoutes.Map(v1);
        JobRoutes.Map(v1);
        InfoRoutes.Map(v1);
        app.MapOpenApi("/openapi/v1.json").AlsoHead();
        app.MapOpenApi("/openapi/v1.yaml").AlsoHead();
        PageRoutes.Map(app);
        return app;
    }

    private static void Listen(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = (long)options.Limits.BodyMegabytes << 20;
        if (options.Host is "*" or "0.0.0.0" or "::" or "[::]")
            kestrel.ListenAnyIP(options.Port);
        else if (IPAddress.TryParse(options.Host.Trim('[', ']'), out IPAddress? address))
            kestrel.Listen(address, options.Port);
        else if (options.Host == "localhost")
            kestrel.Listen(IPAddress.Loopback, options.Port);
        else
            throw new Tensors.CirrusException($"'{options.Host}' is no address of this machine.",
                hint: "give an address, as 127.0.0.1 or 0.0.0.0, or * for every one");
    }
}
