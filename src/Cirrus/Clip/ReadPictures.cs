using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>Some pictures of a set, read on all cores. Those that cannot be read are told and left out.</summary>
/// <param name="Places">of the pictures that could be read, in the order asked for.</param>
/// <param name="Pixels">[3, S, S] of each.</param>
/// <param name="Bad">places of the others, and why.</param>
public sealed record ReadPictures(IReadOnlyList<int> Places, IReadOnlyList<ReadOnlyMemory<float>> Pixels,
    IReadOnlyList<(int Place, string Reason)> Bad)
{
    /// <summary>Pictures a call of the image tower.</summary>
    public const int Batch = 32;

    /// <param name="random">null: as pictures are searched; else picture <c>i</c> draws from <c>random.Fork(i)</c>.</param>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public static ReadPictures From(PictureSet pictures, int[] places, Philox? random = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(places);
        ReadPicture[] read = new ReadPicture[places.Length];
        Parallel.For(0, places.Length, new ParallelOptions { CancellationToken = stop }, i =>
            read[i] = Read(pictures, places[i], random?.Fork((ulong)i)));
        return Of(read);
    }

    /// <summary>
    /// Pictures in batches of at most <see cref="Batch"/>, in the order asked for; while one is worked on, the next are
    /// read on all cores.
    /// </summary>
    /// <remarks>Two batches are read ahead and no more: memory does not grow with the number of pictures.</remarks>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public static IEnumerable<ReadPictures> Ahead(
        PictureSet pictures, IReadOnlyList<int> places, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(places);
        ConcurrentExclusiveSchedulerPair readers = new(TaskScheduler.Default, Environment.ProcessorCount);
        TaskFactory factory = new(readers.ConcurrentScheduler);
        Queue<Task<ReadPicture>> reading = [];
        int started = 0, ahead = Math.Max(2 * Batch, 2 * Environment.ProcessorCount);
        List<ReadPicture> batch = [];
        try
        {
            for (int done = 0; done < places.Count; done++)
            {
                for (; started < places.Count && started <= done + ahead; started++)
                {
                    int place = places[started];
                    reading.Enqueue(factory.StartNew(() => Read(pictures, place, null), stop));
                }
                batch.Add(reading.Dequeue().GetAwaiter().GetResult());
                if (batch.Count < Batch && done < places.Count - 1)
                    continue;
                yield return Of(batch);
                batch.Clear();
                stop.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            Task.WhenAny(Task.WhenAll(reading)).GetAwaiter().GetResult();         // nobody reads on behind the caller's back
        }
    }

    private static ReadPictures Of(IReadOnlyList<ReadPicture> read)
    {
        ReadPicture[] good = [.. read.Where(r => r.Reason is null)];
        return new([.. good.Select(r => r.Place)], [.. good.Select(r => (ReadOnlyMemory<float>)r.Pixels)],
            [.. read.Where(r => r.Reason is not null).Select(r => (r.Place, r.Reason!))]);
    }

    private static ReadPicture Read(PictureSet pictures, int place, Philox? random)
    {
        try
        {
            return new(place, pictures.Read(place, random), null);
        }
        catch (CirrusException e)
        {
            return new(place, [], e.Message);
        }
    }

    private sealed record ReadPicture(int Place, float[] Pixels, string? Reason);
}
