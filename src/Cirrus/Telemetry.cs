using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Cirrus;

/// <summary>Spans and numbers for whoever listens; names are part of the public surface.</summary>
internal static class Telemetry
{
    public const string Name = "Cirrus";

    public static ActivitySource Source { get; } = new(Name);

    public static Meter Meter { get; } = new(Name);
}
