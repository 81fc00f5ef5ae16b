using Cirrus.Server.Routes;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Cirrus.Server;

/// <summary>Sends traces and numbers by OTLP, where an address for them is set.</summary>
internal sealed class TelemetryExport : IDisposable
{
    private static readonly string[] Sources = ["Cirrus", "Microsoft.AspNetCore"], Meters = ["Cirrus", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];
    private readonly TracerProvider? _traces;
    private readonly MeterProvider? _numbers;

    public TelemetryExport(ServerOptions options)
    {
        if (options.OtlpEndpoint is not string endpoint)
            return;
        ResourceBuilder resource = ResourceBuilder.CreateDefault().AddService("cirrus", serviceVersion: InfoRoutes.Version);
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Sources).AddOtlpExporter(o => o.Endpoint = new(endpoint)).Build();
        _numbers = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Meters).AddOtlpExporter(o => o.Endpoint = new(endpoint)).Build();
    }

    public void Dispose()
    {
        _traces?.Dispose();
        _numbers?.Dispose();
    }
}
