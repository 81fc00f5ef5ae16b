using Cirrus.Clip;
using Cirrus.Imaging;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Tests;

public sealed class TrainingPicturesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cirrus").FullName;

    public TrainingPicturesTests()
    {
        for (byte i = 0; i < 3; i++)
            File.WriteAllBytes(Path.Combine(_folder, $"{i}.png"), Png.Encode([.. Enumerable.Repeat((byte)(40 * i), 3 * 64)], 8));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Folders_files_and_lists_give_each_picture_once()
    {
        string list = Path.Combine(_folder, "list.txt");
        File.WriteAllLines(list, ["2.png", "", "0.png"]);
        PictureSet set = TrainingPictures.Find([list, _folder, Path.Combine(_folder, "1.png")], new(Size: 8));
        Assert.Equal(["2.png", "0.png", "1.png"], set.Names.Select(n => Path.GetFileName(n)));
        Assert.Equal(3 * 64, set.Read(0).Length);
        Assert.Equal(((80 / 255f) - Preprocessing.Mean[0]) / Preprocessing.Deviation[0], set.Read(0)[0]);
        Assert.NotEqual(set.Fingerprint, TrainingPictures.Find([_folder], new(Size: 8)).Fingerprint);
    }

    [Fact]
    public void What_is_not_there_is_told()
    {
        string list = Path.Combine(_folder, "list.txt");
        File.WriteAllLines(list, ["0.png", "gone.png"]);
        Assert.Contains("entry 2", Assert.Throws<CirrusException>(() => TrainingPictures.Find([list], new(Size: 8))).Hint, StringComparison.Ordinal);
        Assert.Throws<CirrusException>(() => TrainingPictures.Find([Path.Combine(_folder, "nowhere")], new(Size: 8)));
        Assert.Throws<CirrusException>(() =>
            TrainingPictures.Find([Directory.CreateDirectory(Path.Combine(_folder, "empty")).FullName], new(Size: 8)));
    }

    [Fact]
    public void Pictures_are_found_by_name_path_and_without_their_ending()
    {
        string inner = Directory.CreateDirectory(Path.Combine(_folder, "train", "7")).FullName;
        File.Copy(Path.Combine(_folder, "2.png"), Path.Combine(inner, "train-7-0-img1.png"));
        (PictureSet set, IReadOnlyDictionary<string, int> places) =
            TrainingPictures.Named([_folder], ["train-7-0-img1", "0.png", "./train/7/train-7-0-img1.png", "0", "gone"], new(Size: 8));
        Assert.Equal(["train-7-0-img1.png", "0.png"], set.Names.Select(n => Path.GetFileName(n)));
        Assert.Equal([("./train/7/train-7-0-img1.png", 0), ("0", 1), ("0.png", 1), ("train-7-0-img1", 0)],
            places.Select(p => (p.Key, p.Value)).OrderBy(p => p.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void A_name_of_two_pictures_is_told()
    {
        string inner = Directory.CreateDirectory(Path.Combine(_folder, "other")).FullName;
        File.Copy(Path.Combine(_folder, "2.png"), Path.Combine(inner, "0.png"));
        Assert.Contains("could be", Assert.Throws<CirrusException>(
            () => TrainingPictures.Named([inner, _folder], ["0"], new(Size: 8))).Message, StringComparison.Ordinal);
        Assert.Single(TrainingPictures.Named([_folder], ["other/0"], new(Size: 8)).Places);
    }
}
