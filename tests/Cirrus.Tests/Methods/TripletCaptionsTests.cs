using System.Text.Json;
using Cirrus.Methods;

namespace Cirrus.Tests.Methods;

public sealed class TripletCaptionsTests
{
    [Theory]
    [InlineData(0.0f, "Is red and has Dots")]
    [InlineData(0.25f, "Has dots and Is RED")]
    [InlineData(0.5f, "Is red")]
    [InlineData(0.99f, "Has dots")]
    public void Two_captions_have_four_forms(float r, string expected) =>
        Assert.Equal(expected, TripletCaptions.Training(["Is RED. ", " has Dots?"], r));

    [Fact]
    public void Full_stops_question_marks_commas_and_blanks_are_trimmed_and_nothing_else() =>
        Assert.Equal("Is red! and (dots;", TripletCaptions.Joined([" ,?. is red!. ", "(dots;?"]));

    [Fact]
    public void One_caption_stays_as_it_is()
    {
        Assert.Equal(" is Red. ", TripletCaptions.Training([" is Red. "], 0.6f));
        Assert.Equal(" is Red. ", TripletCaptions.Joined([" is Red. "]));
        Assert.Equal("A and b and c", TripletCaptions.Joined(["a", "b", "c"]));
        Assert.Equal(" and ", TripletCaptions.Joined(["", ""]));
    }

    [Fact]
    public void The_original_forms_are_ours()
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Shared.Need("golden/combiner/captions.json")));
        string[][] pairs = [.. golden.RootElement.GetProperty("pairs").EnumerateArray().Select(Texts)];
        foreach (JsonElement result in golden.RootElement.GetProperty("results").EnumerateArray())
            Assert.Equal(Texts(result.GetProperty("captions")), pairs.Select(p => TripletCaptions.Training(p, result.GetProperty("r").GetSingle())));
        Assert.Equal(Texts(golden.RootElement.GetProperty("validation")), pairs.Select(TripletCaptions.Joined));
    }

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(t => t.GetString()!)];
}
