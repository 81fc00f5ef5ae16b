using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.LinCir;

/// <summary>Token ids of captions and of their masked forms, each made once and kept packed (about 80 bytes a caption).</summary>
/// <remarks>
/// A caption whose mask came from a random word is drawn anew every epoch, as published code does at every access; the draw
/// depends on (seed, epoch, caption) alone. Thread-safe: two threads may at worst prepare the same caption twice.
/// </remarks>
internal sealed class PreparedCaptions(IReadOnlyList<string> captions, CaptionMasking masking, Philox random)
{
    private readonly ushort[]?[] _kept = new ushort[]?[captions.Count];

    /// <summary>The two id sequences of a caption.</summary>
    public (int[] Original, int[] Masked) Of(int index, int epoch)
    {
        if (_kept[index] is ushort[] packed)
            return Unpack(packed);
        Philox draw = random.Fork((ulong)epoch);
        MaskedCaption made = masking.Of(captions[index], n => draw.Integer((ulong)index, n));
        if (!made.Fallback && Math.Max(made.Original.Max(), made.Masked.Max()) <= ushort.MaxValue)
            _kept[index] =
            [
                (ushort)made.Original.Length, .. made.Original.Select(i => (ushort)i), .. made.Masked.Select(i => (ushort)i),
            ];
        return (made.Original, made.Masked);
    }

    private static (int[] Original, int[] Masked) Unpack(ushort[] packed)
    {
        int[] original = new int[packed[0]], masked = new int[packed.Length - 1 - packed[0]];
        for (int i = 0; i < original.Length; i++)
            original[i] = packed[1 + i];
        for (int i = 0; i < masked.Length; i++)
            masked[i] = packed[1 + original.Length + i];
        return (original, masked);
    }
}

/// <summary>The captions of one step: their numbers and ids, in order.</summary>
internal sealed record PreparedBatch(int Step, int[] Captions, int[][] Original, int[][] Masked)
{
    public int B => Captions.Length;

    public static PreparedBatch From(PreparedCaptions prepared, int step, int epoch, ReadOnlySpan<int> captions)
    {
        PreparedBatch batch = new(step, captions.ToArray(), new int[captions.Length][], new int[captions.Length][]);
        for (int b = 0; b < batch.B; b++)
            (batch.Original[b], batch.Masked[b]) = prepared.Of(batch.Captions[b], epoch);
        return batch;
    }

    /// <summary>Masked captions [start, start + count) laid end to end.</summary>
    public TokenBatch MaskedPart(int start, int count) => TokenBatch.From(new ArraySegment<int[]>(Masked, start, count));
}
