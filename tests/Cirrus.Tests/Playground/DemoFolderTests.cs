using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Methods.LinCir;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Tests.Playground;

public sealed class DemoFolderTests : IDisposable
{
    private static readonly DemoGallery Small = DemoGallery.Make(70);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Drawing_again_touches_nothing_and_mends_what_is_damaged()
    {
        DemoFolder folder = Open();
        folder.Draw(Small, CancellationToken.None);
        string first = folder.PictureAt(Small.Names[0]), second = folder.PictureAt(Small.Names[1]);
        byte[] whole = File.ReadAllBytes(second);
        DateTime before = File.GetLastWriteTimeUtc(first).AddDays(-1);
        File.SetLastWriteTimeUtc(first, before);
        File.WriteAllBytes(second, whole[..100]);
        Open().Draw(Small, CancellationToken.None);
        Assert.Equal(before, File.GetLastWriteTimeUtc(first));
        Assert.Equal(whole, File.ReadAllBytes(second));
    }

    [Fact]
    public void Pictures_of_an_earlier_demo_go_and_those_of_others_stay()
    {
        DemoGallery larger = DemoGallery.Make(100);
        Open().Draw(larger, CancellationToken.None);
        File.WriteAllText(Path.Combine(_folder.At("demo"), "pictures", "mine.png"), "mine");
        Open().Draw(Small, CancellationToken.None);
        Assert.Equal([.. Small.Names, "mine.png"], Directory.EnumerateFiles(Path.Combine(_folder.At("demo"), "pictures"))
            .Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_stopped_drawing_can_be_taken_up_again()
    {
        Assert.Throws<OperationCanceledException>(() => Open().Draw(Small, new CancellationToken(canceled: true)));
        Open().Draw(Small, CancellationToken.None);
        Assert.All(Small.Names, n => Assert.True(File.Exists(Open().PictureAt(n))));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("""{"format": 1, "madeBy": "someone", "pictures": []}""")]
    [InlineData("""{"format": 2, "madeBy": "cirrus demo", "pictures": []}""")]
    [InlineData("""{"format": 1, "madeBy": "cirrus demo", "pictures": ["../../x"]}""")]
    public void A_folder_of_others_is_refused(string facts)
    {
        Directory.CreateDirectory(_folder.At("demo"));
        File.WriteAllText(_folder.At("demo/demo.json"), facts);
        Assert.Contains("was not made by this demo", Assert.Throws<CirrusException>(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_no_folder()
    {
        File.WriteAllText(_folder.At("demo"), "");
        Assert.Throws<CirrusException>(Open);
    }

    [Fact]
    public void A_gallery_of_another_model_or_a_damaged_one_is_made_anew()
    {
        using Device device = Device.Open("cpu");
        using ClipModel clip = PlaygroundClip.Load(device), other = Other(device);
        DemoFolder folder = Open();
        folder.Draw(Small, CancellationToken.None);
        Assert.Equal(Small.Names.Count, folder.Index(other, null, CancellationToken.None).New);
        Assert.Equal(Small.Names.Count, folder.Index(clip, null, CancellationToken.None).New);
        Assert.Equal(Small.Names.Count, folder.Index(clip, null, CancellationToken.None).Unchanged);
        File.WriteAllText(Path.Combine(_folder.At("demo"), ".cirrus", "manifest.json"), "{");
        Assert.Equal(Small.Names.Count, folder.Index(clip, null, CancellationToken.None).New);
        using (GalleryWriter.Open(Path.Combine(_folder.At("demo"), ".cirrus")))
            Assert.Throws<CirrusException>(() => folder.Index(clip, null, CancellationToken.None));
    }

    [Fact]
    public void A_network_is_used_again_only_when_it_was_trained_to_its_end_in_the_same_way()
    {
        using Device device = Device.Open("cpu");
        using ClipModel clip = PlaygroundClip.Load(device);
        using MappingNetwork phi = MappingNetwork.Random(device, clip.Config.P, clip.Config.Text.Width, new Philox(1, 0));
        LinCirOptions options = PlaygroundLinCir.Options with { Steps = 2 };
        DemoTraining training = new(clip.Fingerprint, options, 1.5, [3, 2]);
        Assert.Null(Open().TrainingOf(clip, options));
        Open().Keep(phi, training);
        Assert.Equal(1.5, Open().TrainingOf(clip, options)!.Seconds);
        Assert.Null(Open().TrainingOf(clip, options with { Steps = 3 }));
        Open().Keep(phi, training with { Losses = [3] });
        Assert.Null(Open().TrainingOf(clip, options));
        Open().Keep(phi, training with { Fingerprint = "another" });
        Assert.Null(Open().TrainingOf(clip, options));
    }

    private DemoFolder Open() => DemoFolder.Open(_folder.At("demo"));

    private static ClipModel Other(Device device)
    {
        BpeTokenizer tokenizer = BpeTokenizer.FromMerges([]);
        return ClipModel.Random(new("tiny", 16, new(32, 1, 2, 64, tokenizer.Count, 77, Activation.QuickGelu),
            new(32, 1, 2, 64, 16, Drawing.ClipSide, Activation.QuickGelu)), tokenizer, device, seed: 1);
    }
}
