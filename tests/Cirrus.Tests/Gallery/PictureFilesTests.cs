using Cirrus.Gallery;
using Cirrus.Tensors;

namespace Cirrus.Tests.Gallery;

public sealed class PictureFilesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // What git itself answers for these lines (git check-ignore), in the subset that is ours.
    [Theory]
    [InlineData("*.gif", "b.gif x/c.gif", "a.jpg x/d.jpg")]
    [InlineData("x/", "x/c.gif x/d.jpg x/y/x.jpg y/x/z.jpg", "a.jpg")]
    [InlineData("/a.jpg", "a.jpg", "x/a.jpg")]
    [InlineData("x/*.jpg", "x/d.jpg", "x/y/x.jpg z/x/d.jpg")]
    [InlineData("**/y", "x/y/x.jpg y/k.jpg", "a.jpg")]
    [InlineData("x/**/k.jpg", "x/k.jpg x/y/k.jpg", "y/k.jpg")]
    [InlineData("*.jpg\n!keep.jpg", "a.jpg x/d.jpg", "keep.jpg x/keep.jpg")]
    [InlineData("!keep.jpg\n*.jpg", "keep.jpg", "b.gif")]
    [InlineData("x\n!x/keep.jpg", "x/keep.jpg", "keep.jpg")]
    [InlineData("# a.jpg\n\n  \n", "", "a.jpg")]
    [InlineData("\\#a.jpg\n\\!b.jpg", "#a.jpg !b.jpg", "a.jpg b.jpg")]
    [InlineData("?.jpg", "a.jpg x/d.jpg", "aa.jpg")]
    [InlineData("A.jpg", "A.jpg", "a.jpg")]
    public void Lines_leave_out_what_git_would(string lines, string leftOut, string kept)
    {
        string[] gone = leftOut.Split(' ', StringSplitOptions.RemoveEmptyEntries), here = kept.Split(' ');
        foreach (string path in gone.Concat(here))
            Put(path);
        Put("zz-other.png");
        File.WriteAllText(_folder.At(".cirrusignore"), lines);
        string[] found = Found();
        Assert.Contains("zz-other.png", found);
        Assert.All(gone, p => Assert.DoesNotContain(p, found));
        Assert.All(here, p => Assert.Contains(p, found));
        File.Delete(_folder.At(".cirrusignore"));
        Assert.Equal(found, Found(new(lines.Split('\n'))));
    }

    [Fact]
    public void A_folder_that_goes_while_it_is_looked_through_is_empty()
    {
        foreach (string path in new[] { "a.jpg", "b/c.jpg", "d.jpg" })
            Put(path);
        List<string> found = [];
        foreach (FoundPicture picture in PictureFiles.Under(_folder.Path, new([])))
        {
            found.Add(picture.Path);
            if (picture.Path == "a.jpg")
                Directory.Delete(_folder.At("b"), recursive: true);
        }
        Assert.Equal(["a.jpg", "d.jpg"], found);
    }

    [Fact]
    public void A_folders_own_file_counts_below_it_and_after_those_above()
    {
        foreach (string path in new[] { "a.jpg", "x/a.jpg", "x/b.jpg", "x/y/a.jpg", "z/b.jpg" })
            Put(path);
        File.WriteAllText(_folder.At(".cirrusignore"), "a.jpg");
        File.WriteAllText(_folder.At("x/.cirrusignore"), "!a.jpg\n/b.jpg");
        Assert.Equal(["x/a.jpg", "x/y/a.jpg", "z/b.jpg"], Found());
    }

    [Fact]
    public void Hidden_names_galleries_and_rubbish_are_skipped_and_the_order_is_that_of_names()
    {
        foreach (string path in new[] { "a.b/1.jpg", "a/1.jpg", "a.jpg", ".h/1.jpg", ".1.jpg", ".cirrus/1.jpg", "@eaDir/1.jpg", "node_modules/1.jpg", "n.txt", "B.JPG" })
            Put(path);
        Put("own/manifest.json");
        Put("own/1.jpg");
        Assert.Equal(["B.JPG", "a/1.jpg", "a.b/1.jpg", "a.jpg"], Found());
        Assert.Equal([".1.jpg", ".h/1.jpg", "B.JPG", "a/1.jpg", "a.b/1.jpg", "a.jpg"], Found(new([], Hidden: true)));
        Assert.Throws<CirrusException>(() => PictureFiles.Under(_folder.At("nowhere"), new([])).ToArray());
    }

    [Fact]
    public void Links_are_followed_when_asked_and_never_in_a_circle()
    {
        using TempFolder outside = new();
        File.WriteAllText(outside.At("far.jpg"), "12345");
        Put("x/1.jpg");
        Directory.CreateSymbolicLink(_folder.At("x/up"), _folder.Path);
        Directory.CreateSymbolicLink(_folder.At("there"), outside.Path);
        Directory.CreateSymbolicLink(_folder.At("self"), _folder.At("self"));
        File.CreateSymbolicLink(_folder.At("one.jpg"), outside.At("far.jpg"));
        File.CreateSymbolicLink(_folder.At("dead.jpg"), outside.At("nothing.jpg"));
        Assert.Equal(["x/1.jpg"], Found());
        FoundPicture[] found = [.. PictureFiles.Under(_folder.Path, new([], FollowLinks: true))];
        Assert.Equal(["one.jpg", "there/far.jpg", "x/1.jpg"], found.Select(f => f.Path));
        Assert.Equal([5L, 5L, 0L], found.Select(f => f.Size));
    }

    private string[] Found(PictureChoice? choice = null) => [.. PictureFiles.Under(_folder.Path, choice ?? new([])).Select(f => f.Path)];

    private void Put(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.At(path))!);
        File.WriteAllText(_folder.At(path), "");
    }
}
