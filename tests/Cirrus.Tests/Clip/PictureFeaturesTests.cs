using Cirrus.Clip;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Clip;

public sealed class PictureFeaturesTests : IDisposable
{
    private const int Count = 1100, FileRows = 1024;

    private readonly string _folder = Directory.CreateTempSubdirectory("cirrus").FullName;
    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;
    private int _reads;

    public PictureFeaturesTests() => _clip = TinyClip.Create(_device);

    public void Dispose()
    {
        _clip.Dispose();
        _device.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Features_are_those_of_the_embedder_and_a_torn_picture_has_none()
    {
        List<string> said = [];
        PictureFeatures features = Of(_clip, Set(), null, said.Add);
        using ClipEmbedder embedder = new(_clip);
        foreach (int place in new[] { 0, 127, 129, Count - 1 })
            Assert.Equal(embedder.EmbedImages([Pixels(place)]), features[place].ToArray());
        Assert.True(features[128].IsEmpty);
        Assert.Equal("left out: 128: it is torn", Assert.Single(said));
        Assert.Equal(Count, features.Count);
    }

    [Fact]
    public void What_is_kept_is_not_computed_again()
    {
        PictureFeatures first = Of(_clip, Set(), _folder);
        Assert.Equal(Count, _reads);
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
        Same(first, Of(_clip, Set(), _folder));
        Assert.Equal(Count, _reads);
        File.Delete(Path.Combine(_folder, "pictures-00001.safetensors"));
        Same(first, Of(_clip, Set(), _folder));
        Assert.Equal(Count + Count - FileRows, _reads);
    }

    [Fact]
    public void Features_of_another_model_or_set_are_not_taken()
    {
        Of(_clip, Set(), _folder);
        Of(_clip, Set("others"), _folder);
        Assert.Equal(2 * Count, _reads);
        using ClipModel other = TinyClip.Create(_device, seed: 2);
        Of(other, Set("others"), _folder);
        Assert.Equal(3 * Count, _reads);
    }

    [Fact]
    public void Stopped_it_keeps_whole_files()
    {
        using CancellationTokenSource stop = new();
        PictureSet set = new(Set().Names, "set", (i, _) =>
        {
            if (i == FileRows + 10)
                stop.Cancel();
            return Pixels(i);
        });
        Assert.Throws<OperationCanceledException>(() => PictureFeatures.Of(_clip, set, _folder, stop: stop.Token));
        Assert.Equal("pictures-00000.safetensors", Path.GetFileName(Assert.Single(Directory.GetFiles(_folder))));
    }

    private static PictureFeatures Of(ClipModel clip, PictureSet pictures, string? folder, Action<string>? say = null) =>
        PictureFeatures.Of(clip, pictures, folder, say, TestContext.Current.CancellationToken);

    private static void Same(PictureFeatures a, PictureFeatures b)
    {
        for (int i = 0; i < Count; i++)
            Assert.Equal(a[i].ToArray(), b[i].ToArray());
    }

    private PictureSet Set(string fingerprint = "set") => new([.. Enumerable.Range(0, Count).Select(i => $"{i}")], fingerprint, (i, _) =>
    {
        Interlocked.Increment(ref _reads);
        return i == 128 ? throw new CirrusException("it is torn", hint: "mend it") : Pixels(i);
    });

    private static float[] Pixels(int place) => [.. Enumerable.Range(0, 3 * 16 * 16).Select(k => ((place * 31) + k) % 17 / 17f)];
}
