using System.Security.Cryptography;
using System.Text;
using Cirrus.Gallery;
using Cirrus.Imaging;
using Cirrus.Server.Errors;
using Cirrus.Tensors;
using Microsoft.Extensions.Caching.Memory;

namespace Cirrus.Server.Galleries;

/// <summary>Small JPEGs of indexed pictures, kept in bounded memory and made once each however many ask.</summary>
internal sealed class Thumbnails : IDisposable
{
    /// <summary>The widths that are made: a request gets the least that is enough.</summary>
    private static readonly int[] Widths = [80, 160, 320, 640, 1280];

    private readonly MemoryCache _kept;
    private readonly SemaphoreSlim _atOnce = new(Environment.ProcessorCount);
    private readonly double _megapixels;

    public Thumbnails(ServerOptions options)
    {
        _kept = new(new MemoryCacheOptions { SizeLimit = (long)options.Limits.ThumbnailMegabytes << 20 });
        _megapixels = options.Limits.Megapixels;
    }

    public static int Clamp(int width) => Widths.FirstOrDefault(w => w >= width, Widths[^1]);

    /// <summary>
    /// What a thumbnail is known by: the same content, as far as its file tells, turned the same way and in the same width
    /// is the same.
    /// </summary>
    public static string Tag(GalleryItem item, FileInfo file, int width, Orientation orientation) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{item.Hash} {file.Length} {file.LastWriteTimeUtc.Ticks} {width} {orientation}")))[..24];

    public async Task<byte[]> Get(GalleryItem item, FileInfo file, int width, Orientation orientation, CancellationToken stop)
    {
        string key = Tag(item, file, width, orientation);
        if (_kept.TryGetValue(key, out byte[]? known))
            return known!;
        await _atOnce.WaitAsync(stop);
        try
        {
            if (_kept.TryGetValue(key, out known))
                return known!;
            byte[] made = await Task.Run(() => PicturePreview.Make(PictureInput.ReadBytes(file), item.Path, width, orientation, _megapixels), stop);
            _kept.Set(key, made, new MemoryCacheEntryOptions { Size = made.Length });
            return made;
        }
        catch (CirrusException e)
        {
            throw new ApiException(422, "cannot_be_decoded", e.Message, e.Hint, e);
        }
        finally
        {
            _atOnce.Release();
        }
    }

    public void Dispose()
    {
        _kept.Dispose();
        _atOnce.Dispose();
    }
}
