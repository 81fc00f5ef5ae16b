using Cirrus.Hub;
using Cirrus.Tensors;

namespace Cirrus.Tests.Hub;

public sealed class HubSettingsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("/c", "HF_HUB_CACHE=/c", "HF_HOME=/h", "XDG_CACHE_HOME=/x")]
    [InlineData("/h/hub", "HF_HOME=/h", "XDG_CACHE_HOME=/x")]
    [InlineData("/x/huggingface/hub", "XDG_CACHE_HOME=/x")]
    public void The_cache_is_where_the_hubs_tools_have_it(string expected, params string[] variables) =>
        Assert.Equal(expected, From(variables).Cache);

    [Fact]
    public void The_token_is_the_variables_else_the_files()
    {
        File.WriteAllText(_folder.At("token"), "hf_file\n");
        Assert.Equal("hf_file", From($"HF_HOME={_folder.Path}").Token);
        Assert.Equal("hf_own", From($"HF_HOME={_folder.Path}", "HF_TOKEN=hf_own").Token);
        Assert.Equal("hf_file", From("HF_HOME=/nowhere", $"HF_TOKEN_PATH={_folder.At("token")}").Token);
        Assert.Null(From("HF_HOME=/nowhere").Token);
    }

    [Fact]
    public void Mirrors_offline_and_time_limits_are_read()
    {
        HubSettings settings = From("HF_ENDPOINT=https://mirror.test/hf/", "HF_HUB_OFFLINE=1", "HF_HUB_DISABLE_SYMLINKS=true",
            "HF_HUB_DOWNLOAD_TIMEOUT=2.5");
        Assert.Equal(("https://mirror.test/hf", true, false, 2.5, 10), (settings.Endpoint.AbsoluteUri, settings.Offline,
            settings.Symlinks, settings.ReadTimeout.TotalSeconds, settings.MetadataTimeout.TotalSeconds));
        Assert.Contains("network", Assert.Throws<CirrusException>(() => new HubClient(settings)).Message, StringComparison.Ordinal);
        Assert.Contains("HF_ENDPOINT", Assert.Throws<CirrusException>(() => From("HF_ENDPOINT=file:///etc")).Message, StringComparison.Ordinal);
        Assert.Contains("HF_HUB_ETAG_TIMEOUT", Assert.Throws<CirrusException>(() => From("HF_HUB_ETAG_TIMEOUT=soon")).Message,
            StringComparison.Ordinal);
    }

    private static HubSettings From(params string[] variables) =>
        HubSettings.From(name => variables.FirstOrDefault(v => v.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..]);
}
