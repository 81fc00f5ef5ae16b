using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cirrus.Clip;
using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus;

/// <summary>How much an encoder does at a time, and how much it keeps.</summary>
/// <param name="Waiting">requests that may wait for a batch; one more is refused as <see cref="ProblemKind.Busy"/>.</param>
/// <param name="Texts">features of recent texts that are kept.</param>
/// <param name="Pictures">features of recent pictures that are kept.</param>
public sealed record ClipEncoderOptions(int Waiting = 256, int Texts = 4096, int Pictures = 1024, double MaxMegapixels = 100);

/// <summary>
/// A CLIP that encodes for many callers at once: their texts and pictures become batches, and what was encoded lately
/// is kept. Thread-safe.
/// </summary>
/// <remarks>A row does not depend on its neighbours in a batch, so answers do not depend on who else asks.</remarks>
public sealed class ClipEncoder : IDisposable
{
    private const int TextBatch = 64, PictureBatch = 32, PatchBatch = 8;
    private readonly ClipEmbedder _embedder;
    private readonly BatchQueue<string, float[]> _texts;
    private readonly BatchQueue<float[], float[]> _pictures, _patches;
    private readonly RecentValues<PictureKey, float[]> _recentPictures;
    private readonly SemaphoreSlim _decoders = new(Environment.ProcessorCount);
    private readonly bool _owns;
    private int _decoding;

    /// <param name="clip">kept open by the caller.</param>
    public ClipEncoder(ClipModel clip, ClipEncoderOptions? options = null)
        : this(clip, options, owns: false)
    {
    }

    private ClipEncoder(ClipModel clip, ClipEncoderOptions? options, bool owns)
    {
        ArgumentNullException.ThrowIfNull(clip);
        (Clip, Options, _owns) = (clip, options ?? new(), owns);
        (_embedder, RecentTexts, _recentPictures) = (new(clip), new(Options.Texts), new(Options.Pictures));
        int p = clip.Config.P, states = (clip.Config.Vision.Patches + 1) * clip.Config.Vision.Width;
        _texts = new("texts to be encoded", texts => [.. _embedder.EmbedTexts(Counted(texts, "texts")).Chunk(p)], TextBatch, Options.Waiting);
        _pictures = new("pictures to be encoded", pictures => [.. _embedder.EmbedImages(
            [.. Counted(pictures, "pictures").Select(x => (ReadOnlyMemory<float>)x)]).Chunk(p)], PictureBatch, Options.Waiting);
        _patches = new("pictures to be encoded", pictures => [.. _embedder.EmbedPatches(
            [.. Counted(pictures, "patches").Select(x => (ReadOnlyMemory<float>)x)]).Chunk(states)], PatchBatch, Options.Waiting);
    }

    public ClipModel Clip { get; }

    public ClipEncoderOptions Options { get; }

    internal RecentValues<string, float[]> RecentTexts { get; }

    /// <summary>Opens a checkpoint (<see cref="ClipModel.Load"/>), which is closed with the encoder.</summary>
    /// <exception cref="CirrusException">It is not there, not a CLIP, or not whole.</exception>
    public static ClipEncoder Open(string model, ClipEncoderOptions? options = null)
    {
        Device device = Device.Open("cpu");
        try
        {
            return new(ClipModel.Load(model, device), options, owns: true);
        }
        catch (CirrusException)
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>The raw features of texts, [P] each. Too long a text is cut at the context.</summary>
    /// <exception cref="CirrusException">Too many requests wait.</exception>
    public async Task<IReadOnlyList<ReadOnlyMemory<float>>> TextsAsync(IReadOnlyList<string> texts, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return [.. (await Task.WhenAll(texts.Select(t => TextAsync(t, stop))).ConfigureAwait(false)).Select(f => (ReadOnlyMemory<float>)f)];
    }

    /// <summary>
    /// The raw feature of a picture file's content, [P], preprocessed as the model's own layout says and turned as the
    /// camera says.
    /// </summary>
    /// <exception cref="CirrusException">It is no picture, too large, or too many requests wait.</exception>
    public async Task<ReadOnlyMemory<float>> PictureAsync(ReadOnlyMemory<byte> bytes, PictureCrop? crop = null, CancellationToken stop = default) =>
        (await PictureAsync(new PictureInput(Clip.Preprocessing, Orientation.Exif, Options.MaxMegapixels), "the picture", bytes,
            crop?.Check(), stop).ConfigureAwait(false)).Feature;

    public void Dispose()
    {
        _texts.Dispose();
        _pictures.Dispose();
        _patches.Dispose();
        _embedder.Dispose();
        _decoders.Dispose();
        if (!_owns)
            return;
        Clip.Dispose();
        Clip.Device.Dispose();
    }

    internal static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    internal async Task<float[]> TextAsync(string text, CancellationToken stop)
    {
        if (RecentTexts.TryGet(text, out float[]? known))
            return known;
        float[] feature = await _texts.RunAsync(text, stop).ConfigureAwait(false);
        RecentTexts.Keep(text, feature);
        return feature;
    }

    /// <summary>The raw feature of a picture [P], the SHA-256 of its bytes, and how long decoding took (ms).</summary>
    internal async Task<(float[] Feature, string Hash, double Decoding)> PictureAsync(PictureInput input, string name,
        ReadOnlyMemory<byte> bytes, PictureCrop? crop, CancellationToken stop)
    {
        string hash = HashOf(bytes.Span);
        PictureKey key = new(hash, crop, input.Identity);
        if (_recentPictures.TryGet(key, out float[]? known))
            return (known, hash, 0);
        (float[] pixels, double decoding) = await DecodeAsync(() => input.Read(Whole(bytes), name, crop).Pixels, stop).ConfigureAwait(false);
        float[] feature = await _pictures.RunAsync(pixels, stop).ConfigureAwait(false);
        _recentPictures.Keep(key, feature);
        return (feature, hash, decoding);
    }

    /// <summary>The raw feature [P] of what a mask leaves of a picture, and the mask [S·S].</summary>
    internal async Task<(float[] Feature, float[] Mask, double Decoding)> MaskedAsync(PictureInput input, string name,
        ReadOnlyMemory<byte> bytes, PictureCrop? crop, PictureMask mask,
        CancellationToken stop)
    {
        ((float[] pixels, float[] over), double decoding) = await DecodeAsync(
            () => input.ReadMasked(Whole(bytes), name, crop, mask), stop).ConfigureAwait(false);
        return (await _pictures.RunAsync(pixels, stop).ConfigureAwait(false), over, decoding);
    }

    /// <summary>States of a picture's patches, [(n+1)·V].</summary>
    internal async Task<(float[] States, double Decoding)> PatchesAsync(PictureInput input, string name,
        ReadOnlyMemory<byte> bytes, PictureCrop? crop, CancellationToken stop)
    {
        (float[] pixels, double decoding) = await DecodeAsync(() => input.Read(Whole(bytes), name, crop).Pixels, stop).ConfigureAwait(false);
        return (await _patches.RunAsync(pixels, stop).ConfigureAwait(false), decoding);
    }

    private IReadOnlyList<T> Counted<T>(IReadOnlyList<T> batch, string what)
    {
        Telemetry.EncoderBatch.Record(batch.Count, new("cirrus.input", what), new("gen_ai.request.model", Clip.Config.Name));
        return batch;
    }

    private static byte[] Whole(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> part) && part.Offset == 0 && part.Count == part.Array!.Length
            ? part.Array : bytes.ToArray();

    /// <summary>Decodes on as many threads as there are cores, since a large picture takes much memory while it is decoded.</summary>
    private async Task<(T Decoded, double Milliseconds)> DecodeAsync<T>(Func<T> decode, CancellationToken stop)
    {
        try
        {
            if (Interlocked.Increment(ref _decoding) > Options.Waiting)
                throw new CirrusException($"{Options.Waiting} pictures wait to be decoded already.",
                    hint: "ask again in a moment", kind: ProblemKind.Busy);
            await _decoders.WaitAsync(stop).ConfigureAwait(false);
            try
            {
                long start = Stopwatch.GetTimestamp();
                T decoded = await Task.Run(decode, stop).ConfigureAwait(false);
                return (decoded, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            finally
            {
                _decoders.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _decoding);
        }
    }

    private readonly record struct PictureKey(string Hash, PictureCrop? Crop, string Input);
}
