using Cirrus.Evaluation.Rankings;

namespace Cirrus.Tests.Evaluation.Rankings;

public sealed class IdsTests
{
    [Theory]
    [InlineData("000000243611.jpg", "243611")]
    [InlineData("000000243611", "243611")]
    [InlineData("243611", "243611")]
    [InlineData("000", "0")]
    [InlineData("0", "0")]
    [InlineData("val2017/000000000139.JPEG", "val2017/139")]
    [InlineData("./dev/dev-244-0-img0.png", "dev/dev-244-0-img0")]
    [InlineData("B009PMCJLW", "B009PMCJLW")]
    [InlineData("00x", "00x")]
    [InlineData(".jpg", ".jpg")]
    [InlineData("", "")]
    public void Spellings_of_an_id_are_one(string id, string normal) => Assert.Equal(normal, Ids.Normal(id));

    [Fact]
    public void Things_are_found_by_their_paths_unless_several_are_meant()
    {
        IdLookup lookup = new(["imgnet/imagenet-r/n01/toy_3.jpg", "imgnet/imagenet-r/n02/toy_3.jpg", "imgnet/imagenet-r/n02/toy_4.jpg"]);
        Assert.Equal(1, lookup.Find("imgnet/imagenet-r/n02/toy_3.jpg"));
        Assert.Equal(1, lookup.Find("n02/toy_3"));
        Assert.Equal(1, lookup.Find("/data/imgnet/imagenet-r/n02/toy_3.jpg"));
        Assert.Equal(2, lookup.Find("toy_4.jpg"));
        Assert.Equal(IdLookup.Several, lookup.Find("toy_3.jpg"));
        Assert.Equal(IdLookup.None, lookup.Find("n03/toy_9.jpg"));
        Assert.Equal(IdLookup.None, new IdLookup(["dress/0"], paths: false).Find("0"));
    }

    [Fact]
    public void An_exact_name_wins_over_another_spelling()
    {
        IdLookup lookup = new(["007", "7", "08", "008"], [10, 11, 12, 13]);
        Assert.Equal((10, 11, 12), (lookup.Find("007"), lookup.Find("7"), lookup.Find("08")));
        Assert.Equal(IdLookup.Several, lookup.Find("8"));
        Assert.Equal(5, new IdLookup(["a", "a.png"], [5, 5]).Find("a.jpg"));
    }
}
