using System.Security.Cryptography;
using Cirrus.Imaging;
using Cirrus.Methods.CompoDiff;
using Cirrus.Tensors;

namespace Cirrus;

/// <summary>A picture of which a mask hides something.</summary>
/// <param name="Picture">its place.</param>
/// <param name="Size">of the picture, where it alone is known of it.</param>
/// <param name="Feature">the place of what is left, where features are given.</param>
internal sealed record HiddenPart(int Picture, PictureMask Mask, (int Width, int Height) Size, int Feature);

/// <summary>All different hidden parts of a list of examples, and their masks.</summary>
internal sealed class HiddenParts
{
    private const int Side = 64;

    private readonly List<HiddenPart> _all = [], _kept = [];
    private readonly List<byte[]> _hashes = [];
    private readonly Dictionary<int, int> _partOf = [], _placeOf = [];
    private readonly PackedMasks _masks = new(Side * Side);

    private HiddenParts()
    {
    }

    /// <summary>Parts that could be read.</summary>
    public IReadOnlyList<HiddenPart> Kept => _kept;

    /// <summary>[64·64] of each of them, as the denoiser reads masks.</summary>
    public IReadOnlyList<float[]> Masks => _masks;

    /// <param name="of">the part of an example that has a mask; null: its pictures are not there.</param>
    public static HiddenParts Of(IReadOnlyList<NamedExample> named, Func<NamedExample, HiddenPart?> of)
    {
        HiddenParts parts = new();
        Dictionary<HiddenPart, int> known = [];
        for (int i = 0; i < named.Count; i++)
            if (named[i].Mask is not null && of(named[i]) is HiddenPart part)
            {
                if (known.TryAdd(part, parts._all.Count))
                    parts._all.Add(part);
                parts._partOf.Add(i, known[part]);
            }
        return parts;
    }

    /// <summary>The place among those kept of what an example hides; null: it could not be read, or is not there.</summary>
    public int? PlaceOf(int example) => _partOf.TryGetValue(example, out int part) && _placeOf.TryGetValue(part, out int place) ? place : null;

    /// <summary>Reads all masks on all cores; one that cannot be read, or hides nothing of what is seen of its picture, is told.</summary>
    /// <param name="read">→ the mask [S·S], 0 or 1.</param>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public void Read(Func<HiddenPart, float[]> read, Func<HiddenPart, string> nameOf, Action<string>? report, CancellationToken stop)
    {
        (byte[] Hash, byte[] Bits)[] masks = new (byte[], byte[])[_all.Count];
        string?[] reasons = new string?[_all.Count];
        Parallel.For(0, _all.Count, new ParallelOptions { CancellationToken = stop }, i =>
        {
            try
            {
                float[] mask = read(_all[i]);
                masks[i] = (SHA256.HashData(Array.ConvertAll(mask, m => (byte)m)), PackedMasks.Pack(EditMask.Shrink(mask, Side)));
                reasons[i] = masks[i].Bits.AsSpan().ContainsAnyExcept((byte)0) ? null : "its mask hides nothing of what is seen of it";
            }
            catch (CirrusException e)
            {
                reasons[i] = e.Message;
            }
        });
        for (int i = 0; i < _all.Count; i++)
        {
            if (reasons[i] is string reason)
            {
                report?.Invoke($"left out: a hidden part of {nameOf(_all[i])}: {reason}");
                continue;
            }
            _placeOf.Add(i, _kept.Count);
            _kept.Add(_all[i]);
            _masks.Add(masks[i].Bits);
            _hashes.Add(masks[i].Hash);
        }
    }

    /// <summary>Over the masks in full and whose they are.</summary>
    public byte[] Hash()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < _kept.Count; i++)
        {
            hash.AppendData(BitConverter.GetBytes(_kept[i].Picture));
            hash.AppendData(_hashes[i]);
        }
        return hash.GetHashAndReset();
    }
}
