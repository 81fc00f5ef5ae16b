using Cirrus.Server;
using Cirrus.Server.Settings;
using Cirrus.Tensors;

namespace Cirrus.Tests.Server;

/// <summary>Where settings come from, and which wins.</summary>
public sealed class ServerSettingsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_command_line_wins_over_the_environment_over_the_file_over_defaults()
    {
        string file = _folder.At("cirrus.json");
        File.WriteAllText(file,
            """{"port": 1, "host": "0.0.0.0", "limits": {"top": 7, "megapixels": 0.5}, "weights": {"lincir": "a=b"}, "galleries": ["x", "y"]} // mine""");
        Dictionary<string, string> variables = new()
        {
            ["CIRRUS_PORT"] = "2",
            ["CIRRUS_LIMITS__TOP"] = "8",
            ["CIRRUS_APIKEY"] = "very secret",
            ["CIRRUS_NAME"] = "not ours",
        };
        (ServerOptions options, IReadOnlyList<SettingValue> values) = ServerSettings.Read(file, variables.GetValueOrDefault, new Dictionary<string, string> { ["port"] = "3" });
        Assert.Equal((3, "0.0.0.0", 8, 0.5, 8), (options.Port, options.Host, options.Limits.Top, options.Limits.Megapixels, options.Limits.Images));
        Assert.Equal("a=b", options.Weights["lincir"]);
        Assert.Equal(["x", "y"], options.Galleries);
        Assert.Equal("command line", Of("port").Source);
        Assert.Equal("CIRRUS_LIMITS__TOP", Of("limits.top").Source);
        Assert.Equal(file, Of("host").Source);
        Assert.Equal("default", Of("limits.images").Source);
        Assert.Equal("(set)", Of("apiKey").Value);

        SettingValue Of(string name) => values.Single(v => v.Setting.Name == name);
    }

    [Theory]
    [InlineData("""{"prot": 1}""", "There is no setting 'prot'")]
    [InlineData("""{"port": 70000}""", "'70000' is no port")]
    [InlineData("""{"allowUrls": "perhaps"}""", "'perhaps' is no allowUrls")]
    [InlineData("""{"limits": {"top": 1.5}}""", "'1.5' is no limits.top")]
    [InlineData("""[]""", "cannot be read")]
    public void What_is_wrong_is_said(string json, string message)
    {
        string file = _folder.At("cirrus.json");
        File.WriteAllText(file, json);
        CirrusException e = Assert.Throws<CirrusException>(() => ServerSettings.Read(file, _ => null, new Dictionary<string, string>()));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }
}
