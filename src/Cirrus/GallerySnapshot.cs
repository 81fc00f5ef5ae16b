using Cirrus.Gallery;

namespace Cirrus;

/// <summary>A gallery as it was at one moment, closed when its last user has left.</summary>
internal sealed class GallerySnapshot
{
    private readonly Lazy<float[]> _mean;
    private int _users = 1;

    public GallerySnapshot(GalleryFolder gallery) => (Gallery, _mean) = (gallery, new(MeanFeature));

    public GalleryFolder Gallery { get; }

    /// <summary>The mean of all raw features, [P].</summary>
    public float[] Mean => _mean.Value;

    public string FullPath(GalleryItem item) => Path.GetFullPath(Path.Combine(Gallery.Root, item.Path));

    /// <summary>False when it is closed already: then there is a newer one.</summary>
    public bool TryEnter()
    {
        for (int users = Volatile.Read(ref _users); users > 0;)
        {
            int before = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (before == users)
                return true;
            users = before;
        }
        return false;
    }

    public void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            Gallery.Dispose();
    }

    private float[] MeanFeature()
    {
        double[] sum = new double[Gallery.Space.P];
        int count = 0;
        foreach (GalleryItem item in Gallery.Items)
            if (Gallery.RawFeature(item.Id) is float[] feature)
            {
                for (int i = 0; i < sum.Length; i++)
                    sum[i] += feature[i];
                count++;
            }
        return [.. sum.Select(s => (float)(s / Math.Max(count, 1)))];
    }
}
