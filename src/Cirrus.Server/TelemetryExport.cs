using System.Diagnostics;
using Cirrus.Server.Routes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Cirrus.Server;

/// <summary>Sends traces and numbers by OTLP, where an address for them is set.</summary>
internal sealed class TelemetryExport : IDisposable
{
    /// <summary>The two ways of speaking OTLP, as OTEL_EXPORTER_OTLP_PROTOCOL names them.</summary>
    public const string Grpc = "grpc", Http = "http/protobuf";

    /// <summary>
    /// With this switch off ASP.NET tags its spans as OpenTelemetry wants, as far as it knows at their beginning; it is
    /// read when the host is built.
    /// </summary>
    private const string Bare = "Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData";

    private static readonly string[] Sources = ["Cirrus", "Microsoft.AspNetCore"],
        Meters = ["Cirrus", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];
    private readonly TracerProvider? _traces;
    private readonly MeterProvider? _numbers;

    /// <summary>To be called before the host is built.</summary>
    public static void Prepare(ServerOptions options)
    {
        if (options.OtlpEndpoint is not null)
            AppContext.SetSwitch(Bare, false);
    }

    /// <summary>Ends a request's span with what is known at its end.</summary>
    public static async Task Invoke(HttpContext http, RequestDelegate next)
    {
        await next(http);
        if (http.Features.Get<IHttpActivityFeature>()?.Activity is not { IsAllDataRequested: true } span)
            return;
        span.SetTag("http.response.status_code", http.Response.StatusCode);
        if (http.Response.StatusCode >= 500)
            span.SetStatus(ActivityStatusCode.Error);
        if ((http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is not string route)
            return;
        span.DisplayName = $"{http.Request.Method} {route}";
        span.SetTag("http.route", route);
    }

    public TelemetryExport(ServerOptions options)
    {
        if (options.OtlpEndpoint is not string endpoint)
            return;
        ResourceBuilder resource = ResourceBuilder.CreateDefault().AddService("cirrus", serviceVersion: InfoRoutes.Version);
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Sources).AddOtlpExporter(o => To(o, "traces")).Build();
        _numbers = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Meters).AddOtlpExporter(o => To(o, "metrics")).Build();

        void To(OtlpExporterOptions exporter, string signal)
        {
            exporter.Protocol = (options.OtlpProtocol ?? ByPort(endpoint)) == Http ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
            exporter.Endpoint = exporter.Protocol == OtlpExportProtocol.HttpProtobuf ? new($"{endpoint.TrimEnd('/')}/v1/{signal}") : new(endpoint);
        }
    }

    /// <summary>4318 is the usual port of OTLP over HTTP, 4317 that over gRPC.</summary>
    private static string ByPort(string endpoint) => new Uri(endpoint).Port == 4318 ? Http : Grpc;

    public void Dispose()
    {
        _traces?.Dispose();
        _numbers?.Dispose();
    }
}
