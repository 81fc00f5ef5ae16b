using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Cirrus.Cli;
using Cirrus.Tests.Postgres;
using Npgsql;

namespace Cirrus.Tests.House;

/// <summary>Every command of README, typed literally and in order, by someone who has what README assumes.</summary>
[Collection("pglite")]
public sealed class ReadmeWalkTests(PgliteServers servers) : IAsyncDisposable
{
    private const int Port = 7411;
    private static readonly Uri Page = new($"http://127.0.0.1:{Port}/");

    private readonly ReadmeStage _stage = new();
    private readonly Dictionary<string, string> _known = new() { ["VERB"] = "search", ["METHOD"] = "lincir" };
    private ReadmeRun? _server;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _server?.Dispose();
        await _stage.DisposeAsync();
    }

    [Fact]
    public void Commands_are_found_in_blocks_and_sentences()
    {
        Assert.Equal(["./cirrus a b  # why", "./cirrus VERB --help", "./test"],
            ReadmeCommands.Read(
                "x\n```sh\n./cirrus a b  # why\n\n```\nsee `./cirrus VERB --help`, `cirrus`\n```text\na map\n```\n```sh\n./test\n```\n"));
        Assert.Throws<InvalidOperationException>(() => ReadmeCommands.Read("```\n./cirrus\n```").ToList());
        Assert.Equal("./cirrus a 'b # c'", ReadmeCommands.Key("./cirrus a 'b # c'    # why"));
        Assert.Equal("--to postgres://me@there/DB -F x=A", ReadmeCommands.Fill("--to postgres://USER@HOST/DB -F x=A", new Dictionary<string, string> { ["USER"] = "me", ["HOST"] = "there" }));
    }

    [Fact]
    public async Task The_command_line_knows_every_verb_and_option_of_README()
    {
        string[] lines = [.. ReadmeCommands.All.Where(l => l.StartsWith("./cirrus", StringComparison.Ordinal)).Select(l =>
            ReadmeCommands.Fill(l, _known))];
        Assert.True(lines.Length > 20);
        foreach (string line in lines)
            Assert.True(ReadmeCommands.Complaints(await _stage.WordsAsync(line, Stop)) is [],
                $"{line}\n{string.Join('\n', ReadmeCommands.Complaints(await _stage.WordsAsync(line, Stop)))}");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Every_command_of_README_does_what_it_says()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Programs.Find("curl") is not null, "needs Linux and curl");
        Assert.SkipUnless(IsFree(Port), $"needs port {Port}, which is README's and is taken");
        ReadmeData.Write(_stage);
        Dictionary<string, Func<string, Task>> steps = Steps();
        HashSet<string> walked = [];
        foreach (string line in ReadmeCommands.All)
        {
            string key = ReadmeCommands.Key(line);
            Assert.True(steps.TryGetValue(key, out Func<string, Task>? step),
                $"README has a command that nobody walks; say in Steps what it does: {key}");
            walked.Add(key);
            long began = Stopwatch.GetTimestamp();
            await step(line);
            TestContext.Current.SendDiagnosticMessage($"{Stopwatch.GetElapsedTime(began).TotalSeconds,5:0.0} s  {key}");
        }
        Assert.Equal([], steps.Keys.Except(walked));
    }

    private Dictionary<string, Func<string, Task>> Steps() => new()
    {
        ["./cirrus demo --serve"] = DemoAsync,
        ["./test"] = NotRun,                                                         // it runs this test
        [string.Join(' ', PublishTests.Command)] = NotRun,                           // minutes; PublishTests does, and tries what comes out
        ["./cirrus models"] = Says("vit-l-14 "),
        ["./cirrus models pull vit-l-14"] = Says("snapshots"),
        ["./cirrus index photos"] = Says($"{ReadmeStage.Pictures} new, 0 changed, 0 moved, 0 gone, 0 unchanged, 0 unreadable"),
        ["./cirrus serve photos --open"] = ServeAsync,
        ["""./cirrus search "two dogs on a beach" -g photos --open"""] = async line =>
        {
            await Says("10\t", lines: 10)(line);
            string opened = await _stage.OpenedAsync(2, Stop);
            Assert.Contains(".png", File.ReadAllText(opened), StringComparison.Ordinal);
            File.Delete(opened);
        },
        ["""./cirrus search photo.jpg "but in red" -g photos"""] = Says("10\t", lines: 10),
        ["./cirrus train lincir --captions captions.txt.gz --model vit-l-14 -o run"] = TrainAsync,
        ["""./cirrus search photo.jpg "but in red" -g photos --weights run"""] = Says("10\t", lines: 10, error: "method: lincir"),
        ["./cirrus index photos --watch"] = WatchAsync,
        ["./cirrus duplicates photos"] = Says(""),
        ["./cirrus index photos --model vit-l-14 --shard 0/2 -g parts/0"] = Says(" new, 0 changed"),
        ["./cirrus index photos --model vit-l-14 --shard 1/2 -g parts/1"] = Says(" new, 0 changed"),
        ["./cirrus gallery merge parts/0 parts/1 -o whole"] = Says($"{ReadmeStage.Pictures + 1} pictures of 2 galleries"),
        ["./cirrus gallery verify photos --repair"] = Says($"{ReadmeStage.Pictures + 1} pictures"),
        ["./cirrus gallery export photos --to postgres://USER@HOST/DB"] = ExportAsync,
        ["""curl -F 'query={"images":[{"upload":"a"}],"text":"but in red"}' -F a=@photo.jpg http://127.0.0.1:7411/v1/search"""] = CurlAsync,
        ["./cirrus info METHOD"] = Says("lincir"),
        ["./cirrus VERB --help"] = Says("Examples:"),
        ["./cirrus compare"] = NotRun,                                               // it trains every method: half an hour
        ["./cirrus compare --method lincir sum slerp --seeds 1"] = NotRun,           // minutes; CompareCommandTests has it smaller
        ["./cirrus compare -w lincir=runs/a --json compare.json"] = NotRun,          // it trains all others: half an hour
        ["./cirrus eval circo --data circo --check"] = Says("WRONG: the official download has", code: ExitCode.UserError),     // as it is not the official one
        ["./cirrus eval circo --data circo -m vit-l-14 --method lincir sum -w lincir=run --report circo.html"] = async line =>
        {
            await Says("mAP@10")(line);
            Assert.Contains("lincir", File.ReadAllText(_stage.At("circo.html")), StringComparison.Ordinal);
        },
        ["./cirrus eval cirr --data cirr --split test1 -m vit-l-14 -w run --submission upload"] = async line =>
        {
            await Says("")(line);
            Assert.NotEmpty(Directory.GetFiles(_stage.At("upload")));
        },
        ["./cirrus eval fashioniq --data fashioniq --rankings theirs.json"] = Says("\"R@10\": 1"),
        ["./cirrus eval all --data datasets --synthetic-features 1"] = Says("cirr-val"),
    };

    /// <summary>Runs to its end.</summary>
    private Func<string, Task> Says(string output, int? lines = null, string error = "", int code = ExitCode.Done) => async line =>
    {
        using ReadmeRun run = await _stage.RunAsync(ReadmeCommands.Fill(line, _known), Stop);
        Assert.True(run.Code == code, $"{line}\n{run.Said}");
        Assert.Contains(output, run.Output, StringComparison.Ordinal);
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
        Assert.Equal(lines ?? run.Output.Count(c => c == '\n'), run.Output.Count(c => c == '\n'));
    };

    /// <summary>
    /// What cannot be run in the time there is; where it is Cirrus,
    /// <see cref="The_command_line_knows_every_verb_and_option_of_README"/> reads its line.
    /// </summary>
    private Task NotRun(string line)
    {
        string program = line.Split(' ')[0];
        Assert.True(Programs.Find(program) is not null || File.Exists(_stage.At(program)), program);
        return Task.CompletedTask;
    }

    private async Task DemoAsync(string line)
    {
        using ReadmeRun demo = _stage.Start(line);
        await demo.UntilAsync(d => d.Error.Contains("Ctrl-C ends it", StringComparison.Ordinal), Stop);
        await demo.UntilAsync(d => d.Output.Contains("The report, with pictures: ", StringComparison.Ordinal), Stop);
        await AnswersAsync("cirrus-demo");
        Assert.Equal(ExitCode.Done, await demo.InterruptAsync(Stop));
    }

    private async Task ServeAsync(string line)
    {
        _server = _stage.Start(line);
        await _server.UntilAsync(s => s.Error.Contains("Ctrl-C ends it", StringComparison.Ordinal), Stop);
        Assert.Equal(Page, new Uri(await _stage.OpenedAsync(1, Stop)));
        await AnswersAsync("photos");
    }

    private async Task TrainAsync(string line)
    {
        using ReadmeRun training = _stage.Start(line);                               // a day on a real CLIP: it is stopped as a reader would, and has kept what it did
        await training.UntilAsync(t => t.Error.Contains("loss", StringComparison.Ordinal), Stop);
        Assert.Equal(ExitCode.Interrupted, await training.InterruptAsync(Stop));
    }

    private async Task WatchAsync(string line)
    {
        using ReadmeRun watch = _stage.Start(line);
        await watch.UntilAsync(w => w.Error.Contains("watching", StringComparison.Ordinal), Stop);
        _stage.Draw(100, "photos/late.png");
        await watch.UntilAsync(w => w.Output.Contains("1 new", StringComparison.Ordinal), Stop);
        Assert.Equal(ExitCode.Done, await watch.InterruptAsync(Stop));
    }

    private async Task ExportAsync(string line)
    {
        if (Programs.Find("node") is null || !Directory.Exists(Path.Combine(Shared.Repository, "tests", "pglite", "node_modules")))
        {
            TestContext.Current.AddWarning($"PGlite is not here, so this was not run: {line}");
            return;
        }
        NpgsqlConnectionStringBuilder place = new(servers.Need()[0]);
        (_known["USER"], _known["HOST"], _known["DB"]) = (place.Username!, $"{place.Host}:{place.Port}", place.Database!);
        await Says($"{ReadmeStage.Pictures + 1} written, 0 unchanged, 0 removed")(line);
    }

    private async Task CurlAsync(string line)
    {
        using ReadmeRun run = await _stage.RunAsync(line, Stop);
        using JsonDocument answer = JsonDocument.Parse(run.Output);
        Assert.Equal(20, answer.RootElement.GetProperty("hits").GetArrayLength());
        Assert.Equal(ExitCode.Done, await _server!.InterruptAsync(Stop));
    }

    /// <summary>The page and a search of the server that listens.</summary>
    private static async Task AnswersAsync(string gallery)
    {
        using HttpClient client = new() { BaseAddress = Page };
        Assert.Contains("<title>", await client.GetStringAsync(new Uri("/", UriKind.Relative), Stop), StringComparison.Ordinal);
        using StringContent query = new("""{"text": "a red fish"}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await client.PostAsync(new Uri("/v1/search", UriKind.Relative), query, Stop);
        using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Stop));
        Assert.Equal(gallery, answer.RootElement.GetProperty("gallery").GetString());
        Assert.NotEmpty(answer.RootElement.GetProperty("hits").EnumerateArray());
    }

    private static bool IsFree(int port)
    {
        try
        {
            using TcpListener listener = new(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
