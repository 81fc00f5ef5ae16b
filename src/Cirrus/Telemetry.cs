using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Cirrus;

/// <summary>Spans and numbers for whoever listens; names are part of the public surface.</summary>
internal static class Telemetry
{
    public const string Name = "Cirrus";

    public static ActivitySource Source { get; } = new(Name);

    public static Meter Meter { get; } = new(Name);

    /// <summary>Under the name that other generators of embeddings use.</summary>
    public static Histogram<double> EmbeddingDuration { get; } =
        Meter.CreateHistogram<double>("gen_ai.client.operation.duration", "s", "Time of a call for embeddings");

    /// <summary>How well encoding is batched across callers; recorded when a batch begins.</summary>
    public static Histogram<int> EncoderBatch { get; } = Meter.CreateHistogram<int>("cirrus.encoder.batch", "{request}",
        "Requests that are encoded in one batch");
}
