using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

[assembly: AssemblyFixture(typeof(Cirrus.PageTests.Site))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Cirrus.PageTests;

/// <summary>
/// The demo gallery, the real server over it, and Debian's chromium: made once for all tests. Where something is
/// missing, tests are skipped with the reason.
/// </summary>
public sealed class Site : IAsyncLifetime
{
    private static readonly string? Given = Environment.GetEnvironmentVariable("CIRRUS_PAGE");

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"cirrus-page-{Environment.ProcessId}");
    private readonly HttpClient _http = new();
    private readonly List<Process> _servers = [];
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>True when CIRRUS_PAGE names a server of somebody else's, with a gallery that the tests did not make.</summary>
    public static bool IsGiven => Given is not null;

    /// <summary>Where the server listens, with a slash at the end.</summary>
    public string Address { get; private set; } = "";

    public IBrowser Browser => _browser!;

    /// <summary>Why there is nothing to test with; null when there is.</summary>
    public string? Missing { get; private set; }

    /// <summary>The root of the repository.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Screenshots go here; git ignores it.</summary>
    public static string Shots => Path.Combine(Repository, "out", "page");

    public async ValueTask InitializeAsync()
    {
        string? chromium = new[] { Environment.GetEnvironmentVariable("CIRRUS_CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);
        if (chromium is null)
        {
            Missing = "needs chromium, which is not here (Debian: apt-get install chromium)";
            return;
        }
        Address = Given ?? await MakeAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = ["--no-sandbox", "--disable-dev-shm-usage"], Timeout = 0 });
        Assertions.SetDefaultExpectTimeout((float)PageTest.Patience.TotalMilliseconds);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        _http.Dispose();
        foreach (Process server in _servers)
            await CirrusProgram.StopAsync(server);
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Serves the same gallery to bearers of a key.</summary>
    /// <returns>where, with a slash at the end; null when the tests run on a server that somebody else has started.</returns>
    public async Task<string?> ServeWithKeyAsync(string key)
    {
        if (_servers.Count == 0)
            return null;
        string file = Path.Combine(_folder, "key.txt");
        await File.WriteAllTextAsync(file, key);
        return await ServeAsync(_folder, "--api-key-file", file);
    }

    /// <summary>Serves the same gallery beside one that is called "none" and has no pictures any more.</summary>
    /// <returns>as <see cref="ServeWithKeyAsync"/>.</returns>
    public async Task<string?> ServeWithEmptyAsync()
    {
        if (_servers.Count == 0)
            return null;
        string none = Path.Combine(_folder, "none");
        Directory.CreateDirectory(none);
        File.Copy(Directory.GetFiles(Path.Combine(_folder, "pictures"), "*.png").Order(StringComparer.Ordinal).First(), Path.Combine(none, "a.png"));
        await CirrusProgram.RunAsync("index", none, "--model", "playground", "--quiet");
        string address = await ServeAsync(_folder, none);
        using HttpResponseMessage gone = await _http.DeleteAsync($"{address}v1/galleries/none/items/1");
        gone.EnsureSuccessStatusCode();
        return address;
    }

    /// <summary>What the server answers to a GET.</summary>
    public async Task<JsonElement> GetAsync(string path) => await _http.GetFromJsonAsync<JsonElement>(Address + path);

    /// <summary>What the server answers to a search, in JSON.</summary>
    public async Task<JsonElement> SearchAsync(string request)
    {
        using HttpResponseMessage answer = await _http.PostAsync(Address + "v1/search",
            new StringContent(request, new MediaTypeHeaderValue("application/json")));
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>The name of the gallery.</summary>
    public async Task<string> GalleryAsync() => (await GetAsync("v1/galleries")).GetProperty("galleries")[0].GetProperty("name").GetString()!;

    /// <summary>Draws the demo's pictures and serves them; two of them are there again as a copy, and two others as a JPEG.</summary>
    private async Task<string> MakeAsync()
    {
        await CirrusProgram.RunAsync("demo", "--output", _folder, "--pictures", "140", "--steps", "20", "--seeds", "1", "--queries", "14", "--quiet");
        string pictures = Path.Combine(_folder, "pictures");
        foreach (string file in Directory.GetFiles(pictures, "*.png").Order(StringComparer.Ordinal).Take(2))
            File.Copy(file, Path.Combine(pictures, "copy-of-" + Path.GetFileName(file)));
        await CirrusProgram.RunAsync("index", pictures, "-g", Path.Combine(_folder, ".cirrus"), "--quiet");
        string address = await ServeAsync(_folder);
        string items = $"{address}v1/galleries/{Path.GetFileName(_folder)}/items";
        foreach (int id in (int[])[10, 20])
        {
            using ByteArrayContent jpeg = new(await _http.GetByteArrayAsync($"{items}/{id}/thumbnail?w=1280"));
            jpeg.Headers.ContentType = new("image/jpeg");
            using HttpResponseMessage added = await _http.PostAsync(items, jpeg);
            added.EnsureSuccessStatusCode();
        }
        return address;
    }

    private async Task<string> ServeAsync(params string[] arguments)
    {
        (Process server, string address) = await CirrusProgram.ServeAsync(arguments);
        _servers.Add(server);
        return address;
    }

    private static string FindRepository()
    {
        string? at = AppContext.BaseDirectory;
        while (at is not null && !File.Exists(Path.Combine(at, "Cirrus.slnx")))
            at = Path.GetDirectoryName(at);
        return at ?? throw new InvalidOperationException("Cirrus.slnx is not above the tests.");
    }
}
