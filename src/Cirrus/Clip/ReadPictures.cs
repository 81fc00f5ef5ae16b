using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>Some pictures of a set, read on all cores. Those that cannot be read are told and left out.</summary>
/// <param name="Places">of the pictures that could be read, in the order asked for.</param>
/// <param name="Pixels">[3, S, S] of each.</param>
/// <param name="Bad">places of the others, and why.</param>
public sealed record ReadPictures(IReadOnlyList<int> Places, IReadOnlyList<ReadOnlyMemory<float>> Pixels, IReadOnlyList<(int Place, string Reason)> Bad)
{
    /// <param name="random">null: as pictures are searched; else picture <c>i</c> of the places draws from <c>random.Fork(i)</c>.</param>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public static ReadPictures From(PictureSet pictures, int[] places, Philox? random = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(places);
        float[]?[] pixels = new float[places.Length][];
        string[] reasons = new string[places.Length];
        Parallel.For(0, places.Length, new ParallelOptions { CancellationToken = stop }, i =>
        {
            try
            {
                pixels[i] = pictures.Read(places[i], random?.Fork((ulong)i));
            }
            catch (CirrusException e)
            {
                reasons[i] = e.Message;
            }
        });
        int[] good = [.. Enumerable.Range(0, places.Length).Where(i => pixels[i] is not null)], bad = [.. Enumerable.Range(0, places.Length).Except(good)];
        return new([.. good.Select(i => places[i])], [.. good.Select(i => (ReadOnlyMemory<float>)pixels[i])], [.. bad.Select(i => (places[i], reasons[i]))]);
    }
}
