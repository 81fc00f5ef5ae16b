using Cirrus.Server;

namespace Cirrus.Tests.Server;

/// <summary>The API as programs read it stands as text beside the tests: a change of it is a change somebody has looked at.</summary>
public sealed class OpenApiTests
{
    [Fact]
    public async Task The_api_is_the_one_that_was_agreed_on()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        await using CirrusServer server = await CirrusServer.StartAsync(new() { Port = 0 }, stop);
        using HttpClient client = new() { BaseAddress = new(server.Address) };
        string json = (await client.GetStringAsync("/openapi/v1.json", stop)).ReplaceLineEndings("\n") + "\n";
        string golden = Path.Combine(Shared.Repository, "tests", "Cirrus.Tests", "Server", "golden", "openapi.json");
        if (Environment.GetEnvironmentVariable("CIRRUS_ACCEPT_API") == "1")
            await File.WriteAllTextAsync(golden, json, stop);
        Assert.Equal(await File.ReadAllTextAsync(golden, stop), json);
        Assert.StartsWith("openapi: '3.1", await client.GetStringAsync("/openapi/v1.yaml", stop), StringComparison.Ordinal);
    }
}
