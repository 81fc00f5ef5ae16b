using System.Text.Json;
using Cirrus.Gallery;
using Cirrus.Tensors;

namespace Cirrus.Tests.Gallery;

public sealed class ItemFilterTests
{
    private static readonly GalleryItem Beach = new(7, "holiday/2024/Beach one.JPG", 2_500_000,
        new DateTime(2024, 5, 17, 12, 30, 15, DateTimeKind.Utc).Ticks, "aa", 3000, 2000);
    private static readonly GalleryItem Unknown = new(8, "drafts/scan", 0, 0, "bb", 0, 0);

    [Theory]
    [InlineData("path:holiday/**", true)]
    [InlineData("path:holiday/", true)]
    [InlineData("path:holiday/*", false)]
    [InlineData("path:\"holiday/*/Beach one.*\"", true)]
    [InlineData("path:*.JPG", true)]
    [InlineData("path:*.jpg", false)]
    [InlineData("path:**/2024/**", true)]
    [InlineData("path:a/**,holiday/**", true)]
    [InlineData("path!=holiday/**", false)]
    [InlineData("format:jpg", true)]
    [InlineData("format:png,jpeg", true)]
    [InlineData("format!=jpeg", false)]
    [InlineData("date:2024", true)]
    [InlineData("date>=2024-05-17", true)]
    [InlineData("date>2024-05-17", false)]
    [InlineData("date<=2024-05-17T12:30", true)]
    [InlineData("date<2024-05-17T12:30:15", false)]
    [InlineData("date!=2023", true)]
    [InlineData("width>=3000 height<2001", true)]
    [InlineData("width>3000", false)]
    [InlineData("size>=2.5MB size<2501kb", true)]
    [InlineData("orientation:landscape", true)]
    [InlineData("orientation=portrait,square", false)]
    [InlineData("!orientation:portrait", true)]
    [InlineData("id:1,7", true)]
    [InlineData("id!=7", false)]
    [InlineData("width<10 or (height>=2000 !format:png)", true)]
    [InlineData("width<10 or height<10", false)]
    public void Text_says_which_pictures_count(string text, bool expected)
    {
        ItemFilter filter = ItemFilterText.Parse(text);
        Assert.Equal(expected, filter.Matches(Beach));
        string json = JsonSerializer.Serialize(filter, FilterJson.Default.ItemFilter);
        Assert.Equal(expected, ItemFilterJson.Parse(json).Matches(Beach));
        Assert.Equal(json, JsonSerializer.Serialize(ItemFilterJson.Parse(json), FilterJson.Default.ItemFilter));
    }

    [Theory]
    [InlineData("width>=0")]
    [InlineData("width!=5")]
    [InlineData("date<2030")]
    [InlineData("date!=2020")]
    [InlineData("orientation:square")]
    public void What_is_not_known_passes_no_test(string text) => Assert.False(ItemFilterText.Parse(text).Matches(Unknown));

    [Theory]
    [InlineData("")]
    [InlineData("width")]
    [InlineData("width>=")]
    [InlineData("width>=wide")]
    [InlineData("width>=1e9")]
    [InlineData("size>99999999999999GB")]
    [InlineData("path,date:2024")]
    [InlineData("colour:red")]
    [InlineData("path<a")]
    [InlineData("orientation:1")]
    [InlineData("date:17.5.2024")]
    [InlineData("date:9999")]
    [InlineData("(width>1")]
    [InlineData("width>1)")]
    [InlineData("width>1 or")]
    [InlineData("!")]
    [InlineData("path:\"a")]
    [InlineData("width>1,2")]
    public void Mistakes_are_told(string text) => Assert.Contains("The filter cannot be read",
        Assert.Throws<CirrusException>(() => ItemFilterText.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"all\":{}}")]
    [InlineData("{\"all\":[],\"any\":[]}")]
    [InlineData("{\"all\":[],\"field\":\"id\",\"value\":1}")]
    [InlineData("{\"field\":\"width\",\"op\":\"~\",\"value\":1}")]
    [InlineData("{\"field\":\"width\",\"value\":[]}")]
    [InlineData("{\"field\":\"width\",\"value\":{}}")]
    [InlineData("{\"field\":\"width\",\"value\":1,\"more\":1}")]
    [InlineData("{\"field\":\"width\",\"field\":\"width\",\"value\":1}")]
    [InlineData("{\"not\":null}")]
    [InlineData("{\"not\":")]
    public void Wrong_json_is_told(string json)
    {
        Assert.Throws<CirrusException>(() => ItemFilterJson.Parse(json));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, FilterJson.Default.ItemFilter));
    }

    [Fact]
    public void Trees_that_are_too_large_are_refused()
    {
        string deep = string.Concat(Enumerable.Repeat("{\"not\":", 200)) + "{\"all\":[]}" + new string('}', 200);
        Assert.Throws<CirrusException>(() => ItemFilterJson.Parse(deep));
        Assert.Throws<CirrusException>(() => ItemFilterJson.Parse("{\"all\":[" + string.Join(",", Enumerable.Repeat("{\"all\":[]}", 300)) + "]}"));
        Assert.Throws<CirrusException>(() => ItemFilterText.Parse(new string('(', 100) + "width>1" + new string(')', 100)));
        Assert.Throws<CirrusException>(() => ItemFilterText.Parse(string.Join(" ", Enumerable.Repeat("width>1", 300))));
        Assert.Throws<CirrusException>(() => ItemFilterText.Parse("path:" + new string('a', 2000)));
    }

    [Theory]
    [InlineData("a/**/b", "a/b", true)]
    [InlineData("a/**/b", "a/x/y/b", true)]
    [InlineData("a/**/b", "a/x/yb", false)]
    [InlineData("**", "a/b/c", true)]
    [InlineData("**/c*", "a/b/cd", true)]
    [InlineData("a*c", "x/abbc", true)]
    [InlineData("x/a*c", "x/ab/c", false)]
    [InlineData("x/a**c", "x/ab/c", true)]
    [InlineData("x/?c", "x/bc", true)]
    [InlineData("x?b/c", "x/b/c", false)]
    [InlineData("**/a*b/**/c", "q/axb/r/ab/s/c", true)]
    [InlineData("*a*b*c", "xaxxbxxbcxc", true)]
    [InlineData("", "a", false)]
    public void Patterns_of_paths(string pattern, string path, bool expected) => Assert.Equal(expected, PathPattern.Matches(pattern, path));

    [Fact]
    public void Patterns_agree_with_trying_everything()
    {
        Philox random = new(3, 8);
        ulong at = 0;
        for (int round = 0; round < 20_000; round++)
        {
            string pattern = "/" + Draw("ab/*?**", 7), path = "/" + Draw("ab/", 8);
            Assert.True(Slow(pattern, path) == PathPattern.Matches(pattern, path) || pattern.EndsWith('/'), $"{pattern} and {path}");
        }

        string Draw(string letters, int longest) =>
            new([.. Enumerable.Range(0, random.Integer(at++, longest + 1)).Select(_ => letters[random.Integer(at++, letters.Length)])]);

        static bool Slow(string pattern, string path, bool whole = true)
        {
            if (pattern.Length == 0)
                return path.Length == 0;
            if (pattern[0] != '*')
                return path.Length > 0 && (pattern[0] == path[0] || (pattern[0] == '?' && path[0] != '/'))
                    && Slow(pattern[1..], path[1..], pattern[0] == '/');
            if (whole && pattern.StartsWith("**/", StringComparison.Ordinal))
                return Slow(pattern[3..], path) || (path.Contains('/', StringComparison.Ordinal)
                    && Slow(pattern, path[(path.IndexOf('/', StringComparison.Ordinal) + 1)..]));
            if (pattern.StartsWith("**", StringComparison.Ordinal))
                return Slow(pattern[2..], path, false) || (path.Length > 0 && Slow(pattern, path[1..], false));
            return Slow(pattern[1..], path, false) || (path.Length > 0 && path[0] != '/' && Slow(pattern, path[1..], false));
        }
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(ItemFilter))]
internal sealed partial class FilterJson : System.Text.Json.Serialization.JsonSerializerContext;
