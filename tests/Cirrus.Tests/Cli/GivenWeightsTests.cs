using Cirrus.Cli;
using Cirrus.Methods;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Tests.Cli;

public sealed class GivenWeightsTests
{
    [Fact]
    public void Several_methods_have_their_own_and_a_bare_path_serves_the_rest()
    {
        GivenWeights weights = new(["lincir=runs/a", "other.pt", "searle=runs/b"]);
        Assert.Equal("runs/a", weights.Of(Method.Find("lincir")));
        Assert.Equal("runs/b", weights.Of(Method.Find("searle")));
        Assert.Equal("other.pt", weights.Of(Method.Find("pic2word")));
        Assert.Null(weights.Of(Method.Find("sum")));
        Assert.Equal(["runs/a", "runs/b", "other.pt"], weights.Paths);
        Assert.Equal(["lincir", "searle", "sum", "text"], weights.Methods(null, ["sum", "text"]).Select(m => m.Name));
        Assert.Equal(["sum", "lincir", "searle"], weights.Methods(["sum"]).Select(m => m.Name));
    }

    [Fact]
    public void Without_weights_the_usual_methods_are_meant_or_all_that_need_none()
    {
        Assert.Equal(["slerp", "text"], new GivenWeights(null).Methods(null, ["text", "slerp"]).Select(m => m.Name));
        Assert.Equal(Method.All.Where(m => !m.NeedsWeights), new GivenWeights([]).Methods([]));
    }

    [Fact]
    public void A_file_with_an_equals_sign_is_still_a_file()
    {
        using TempFolder folder = new();
        string path = folder.At("a=b.pt");
        File.WriteAllText(path, "x");
        Assert.Equal(path, new GivenWeights([path]).Of(Method.Find("lincir")));
    }

    [Theory, InlineData("lincir="), InlineData("sum=a"), InlineData("nonsense=a")]
    public void What_is_wrong_is_told(string weights) => Assert.NotEmpty(Assert.Throws<CirrusException>(() => new GivenWeights([weights])).Hint);

    [Fact]
    public void Two_bare_paths_or_one_where_names_are_needed_are_refused()
    {
        Assert.Throws<CirrusException>(() => new GivenWeights(["a", "b"]));
        Assert.Throws<CirrusException>(() => new GivenWeights(["a"], named: true));
    }

    [Fact]
    public void Weights_are_identified_by_the_file_that_is_opened()
    {
        using TempFolder folder = new();
        File.WriteAllText(folder.At(RunFolder.Last), "last");
        Assert.Equal(folder.At(RunFolder.Last), WeightsFile.Find(folder.Path));
        File.WriteAllText(folder.At("phi.safetensors"), "abc");
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", WeightsFile.Sha256(folder.Path));   // FIPS 180-2: SHA-256 of "abc"
        File.WriteAllText(folder.At(RunFolder.Best), "best");
        Assert.Equal(folder.At(RunFolder.Best), WeightsFile.Find(folder.Path));
        Assert.Throws<CirrusException>(() => WeightsFile.Find(folder.At("nothing")));
    }
}
