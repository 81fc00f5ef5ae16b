using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Playground;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests;

/// <summary>A folder of a few drawn pictures with a tiny random CLIP and a gallery made with it.</summary>
internal sealed class SmallGallery : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Device _device = Device.Open("cpu");

    public SmallGallery(int pictures)
    {
        Clip = TinyClip.Create(_device);
        Clip.Save(Model, StoredType.F32, new Dictionary<string, string>());
        Directory.CreateDirectory(Photos);
        for (int i = 0; i < pictures; i++)
            Draw(i);
        using GalleryWriter gallery = GalleryWriter.Create(_folder.At("photos/.cirrus"), Photos,
            new("tiny", Clip.Fingerprint, Model, TinyClip.P, Clip.Preprocessing.ToString(), "exif"));
        new Indexer(gallery, Clip, new([])).Run(null, CancellationToken.None);
    }

    public ClipModel Clip { get; }

    public string Model => _folder.At("model");

    public string Photos => _folder.At("photos");

    public string At(string name) => _folder.At(name);

    public string Photo(int i) => _folder.At($"photos/p{i:D3}.png");

    public void Draw(int i) => File.WriteAllBytes(Photo(i),
        Png.Encode(Drawing.Draw(World.Random(new Dice(new Philox((ulong)i, 1)), everyPair: true), new Philox((ulong)i, 2), 32), 32));

    public void Index()
    {
        using GalleryWriter gallery = GalleryWriter.Open(_folder.At("photos/.cirrus"));
        new Indexer(gallery, Clip, new([])).Run(null, CancellationToken.None);
    }

    public void Dispose()
    {
        Clip.Dispose();
        _device.Dispose();
        _folder.Dispose();
    }
}
