using Cirrus.Gallery;
using Cirrus.Server.Galleries;

namespace Cirrus.Tests.Server;

public sealed class GalleryViewTests
{
    // A gallery that somebody else has made, of all that lies on this machine.
    [Fact]
    public void Only_files_named_like_pictures_are_given_out()
    {
        using TempFolder folder = new();
        string[] names = ["id_rsa", "passwords.txt", "photo.JPG", "gone.jpg"];
        foreach (string name in names[..3])
            File.WriteAllText(folder.At(name), name);
        using (GalleryWriter gallery = GalleryWriter.Create(folder.At(".cirrus"), folder.Path, new("toy", "0123456789abcdef", null, 4, "openai 224", "exif")))
            gallery.Commit(new() { Added = [.. names.Select(n => StoredRow.Of(new(0, n, 1, 2, n, 3, 4), [1, 2, 3, 4]))] });
        using GalleryFolder opened = GalleryFolder.Open(folder.At(".cirrus"));
        GalleryView view = new(opened);
        Assert.Equal(["photo.JPG"], view.Items.Where(i => view.FileOf(i) is not null).Select(i => i.Path));
    }
}
