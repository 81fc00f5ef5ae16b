using System.Text;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Tests.House;

/// <summary>The program that is carried to a machine without .NET: one folder, trimmed; all that reflection would miss shows here.</summary>
[Trait("Category", "Slow")]
public sealed class PublishTests : IDisposable
{
    private const long Most = 60 << 20;

    /// <summary>As README says it.</summary>
    public static readonly string[] Command = ["dotnet", "publish", "src/Cirrus.Cli", "-c", "Release", "-r", "linux-x64", "-o", "cirrus-linux-x64"];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_is_small_and_does_what_the_whole_one_does()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64, "publishes for linux-x64");
        string program = _folder.At("cirrus/cirrus");
        // a build of its own, beside which others may go on; the compiler's checks were made before
        await ProgramRun.OutputOf(Command[0], [.. Command[1..^1], _folder.At("cirrus"), "--artifacts-path", _folder.At("built"), "-v", "quiet", "-p:RunAnalyzers=false", "-p:UseSharedCompilation=false"], environment: PackagesTests.Quiet);
        long size = Directory.EnumerateFiles(_folder.At("cirrus")).Sum(f => new FileInfo(f).Length);
        Assert.InRange(size, 1, Most);
        Assert.All(["LICENSE", "NOTICE"], name => Assert.True(File.Exists(_folder.At($"cirrus/{name}")), name));
        TestContext.Current.SendDiagnosticMessage($"published: {size / 1048576.0:0.0} MiB");

        Directory.CreateDirectory(_folder.At("photos"));
        for (ulong i = 0; i < 6; i++)
            File.WriteAllBytes(_folder.At($"photos/p{i}.png"), Png.Encode(Drawing.Draw(World.Random(new Dice(new Philox(i, 1)), everyPair: true), new Philox(i, 2), 64), 64));
        TinyCirr.Write(_folder.At("cirr"));
        Assert.Contains("6 new", await Run("index", "photos", "--model", "playground"), StringComparison.Ordinal);
        Assert.Equal(3, (await Run("search", "photos/p0.png", "is red", "-g", "photos", "-n", "3", "--format", "json")).Split("\"path\"").Length - 1);
        Assert.Contains("6 pictures", await Run("gallery", "verify", "photos"), StringComparison.Ordinal);
        Assert.Contains("synthetic", await Run("eval", "cirr", "--data", "cirr", "--synthetic-features", "1", "--report", "report.html", "--json", "report.json"), StringComparison.Ordinal);
        Assert.Contains("page", await Run("demo", "--pictures", "70", "--steps", "3", "--seeds", "1", "--queries", "14"), StringComparison.Ordinal);
        Assert.Contains(" passed, 0 failed", await Run("selftest"), StringComparison.Ordinal);
        foreach (string[] verb in (string[][])[["info", "photos"], ["info", "--config"], ["models"], ["duplicates", "photos", "--threshold", "0.1"], ["embed", "a red fish", "-m", "playground"],
            ["train", "lincir", "--print-options"], ["playground", "captions", "--count", "3"], ["convert", "--help"]])
            Assert.NotEmpty(await Run(verb));
        await Serves();

        Task<string> Run(params string[] arguments) => ProgramRun.OutputOf(program, arguments, _folder.Path, new Dictionary<string, string> { ["HF_HOME"] = _folder.At("hub") });

        async Task Serves()
        {
            using ReadmeRun server = new(new(program, ["serve", "photos", "--port", "0"]) { WorkingDirectory = _folder.Path });
            await server.UntilAsync(s => s.Error.Contains("Ctrl-C", StringComparison.Ordinal) && s.Output.Contains('\n', StringComparison.Ordinal), TestContext.Current.CancellationToken);
            using HttpClient client = new() { BaseAddress = new(server.Output.Split('\n')[0]) };
            using StringContent query = new("""{"text": "a red fish", "top": 2}""", Encoding.UTF8, "application/json"), wrong = new("""{"top": -1}""", Encoding.UTF8, "application/json");
            Assert.Contains("\"rank\":2", await Asked(query), StringComparison.Ordinal);
            Assert.Contains("out_of_range", await Asked(wrong), StringComparison.Ordinal);
            foreach (string place in (string[])["/", "/openapi/v1.json", "/v1/info", "/v1/methods", "/v1/models", "/v1/galleries/photos", "/v1/galleries/photos/duplicates",
                "/v1/galleries/photos/items/1", "/v1/galleries/photos/items/1/thumbnail?w=80", "/healthz/ready"])
                using (HttpResponseMessage answer = await client.GetAsync(new Uri(place, UriKind.Relative), TestContext.Current.CancellationToken))
                    Assert.True(answer.IsSuccessStatusCode, $"{place}\n{server.Said}");

            async Task<string> Asked(HttpContent query)
            {
                using HttpResponseMessage answer = await client.PostAsync(new Uri("/v1/search", UriKind.Relative), query, TestContext.Current.CancellationToken);
                return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            }
        }
    }
}
