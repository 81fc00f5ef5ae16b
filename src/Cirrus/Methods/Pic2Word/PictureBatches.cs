using Cirrus.Clip;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods.Pic2Word;

/// <summary>
/// The features of every step's pictures: kept from one embedding of all, or of another window of each in every epoch.
/// </summary>
/// <remarks>
/// A picture that cannot be read is told once and missing from its batches. Since that depends on the file alone, a resumed
/// run leaves out the same. In windows, the next batch is read while the one before trains. Not thread-safe.
/// </remarks>
internal sealed class PictureBatches(ClipModel clip, PictureSet pictures, EpochOrder order, Philox? windows) : IDisposable
{
    private readonly ClipEmbedder _embedder = new(clip);
    private readonly HashSet<int> _bad = [];
    private PictureFeatures? _kept;
    private Task<ReadPictures>? _next;
    private int _nextStep = -1;

    /// <summary>Told of pictures that are left out.</summary>
    public Action<string>? Say { get; set; }

    /// <summary>Embeds all pictures where they are not varied.</summary>
    /// <param name="folder">where features are kept; null: nowhere.</param>
    public void Prepare(string? folder, CancellationToken stop)
    {
        if (windows is null)
            _kept ??= PictureFeatures.OfTraining(clip, pictures, folder, Say, stop);
    }

    /// <summary>Raw features of a step, [B, P]; B is smaller where pictures are left out.</summary>
    /// <param name="last">no step follows: nothing is read ahead.</param>
    /// <exception cref="CirrusException">There are not two pictures that can be read.</exception>
    public float[] Of(int step, bool last)
    {
        float[] features = windows is null ? Kept(step) : Windows(step, last);
        return features.Length >= 2 * clip.Config.P ? features
            : throw new CirrusException($"Of the {order.Batch:N0} pictures of step {step + 1:N0} fewer than two can be read.",
                hint: "check the pictures");
    }

    public void Dispose()
    {
        _next?.Wait();
        _embedder.Dispose();
    }

    private float[] Kept(int step)
    {
        Prepare(null, CancellationToken.None);
        List<float> features = new(order.Batch * clip.Config.P);
        foreach (int place in order.Of(step))
            features.AddRange(_kept![place]);
        return [.. features];
    }

    private float[] Windows(int step, bool last)
    {
        Task<ReadPictures> reading = _nextStep == step && _next is not null ? _next : Task.Run(() => Read(step));
        ReadPictures read = reading.GetAwaiter().GetResult();
        (_nextStep, _next) = (step + 1, last ? null : Task.Run(() => Read(step + 1)));
        foreach ((int place, string reason) in read.Bad)
            if (_bad.Add(place))
                Say?.Invoke($"left out: {pictures.Names[place]}: {reason}");
        return _embedder.EmbedImages(read.Pixels);
    }

    private ReadPictures Read(int step) =>
        ReadPictures.From(pictures, order.Of(step).ToArray(), windows!.Value.Fork((ulong)step));
}
