using Cirrus.Playground;

namespace Cirrus.Tests.Playground;

public sealed class DemoGalleryTests
{
    [Fact]
    public void Names_tell_what_is_drawn_and_are_all_different()
    {
        DemoGallery gallery = DemoGallery.Make(100);
        Assert.Equal(gallery.Scenes.Count, gallery.Names.Distinct().Count());
        Assert.All(gallery.Names, n =>
            Assert.Matches("^[0-9]{4}-[a-z0-9-]+--(white|sky|grass|sand|night|brick)-(realistic|cartoon|sketch|pixel-art)\\.png$", n));
        Assert.EndsWith("small-blue-solid-house--grass-cartoon.png", gallery.Names[^6], StringComparison.Ordinal);
        Assert.EndsWith("3-small-red-solid-heart--white-sketch.png", gallery.Names[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Every_question_has_answers_and_none_is_the_reference()
    {
        DemoGallery gallery = DemoGallery.Make(70);
        Assert.Equal(["attribute", "domain conversion", "object composition", "scene", "replace", "two changes", "comparing",
            "leaving out", "counting"],
            gallery.Questions.Select(q => q.About));
        Assert.Equal(["bigger", "without the tree", "three of them"], gallery.Questions.Where(q => q.Hard).Select(q => q.Words));
        Assert.All(gallery.Questions, q => Assert.NotEmpty(q.Right));
        Assert.All(gallery.Questions, q => Assert.DoesNotContain(q.Reference, q.Right));
        Assert.All(gallery.Questions, q => Assert.Contains(q.Reference, q.Unchanged));
        Assert.All(gallery.Questions, q => Assert.Empty(q.Right.Intersect(q.Unchanged)));
    }

    [Fact]
    public void It_holds_only_what_training_has_shown() =>
        Assert.All(DemoGallery.Make(100).Scenes.SelectMany(s => new[] { s.First, s.Second ?? s.First }), t =>
            Assert.False(World.HeldOut(t.Kind, t.Colour)));

    [Fact]
    public void Pictures_repeat()
    {
        int last = DemoGallery.Make(70).Scenes.Count - 1;
        Assert.Equal(DemoGallery.Make(70).Picture(last, 32), DemoGallery.Make(70).Picture(last, 32));
        Assert.Equal(DemoGallery.Make(70).Picture(3, 32), DemoGallery.Make(70).Picture(3, 32));
        Assert.NotEqual(DemoGallery.Make(70).Picture(2, 32), DemoGallery.Make(70).Picture(3, 32));
    }
}
