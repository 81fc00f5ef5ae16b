using System.Collections.Concurrent;

namespace Cirrus.PageTests;

/// <summary>
/// A test that drives the page. Each opens it in a browser context of its own; in the end no request may have left the
/// server, and no error been logged.
/// </summary>
[Trait("Category", "Slow")]
public abstract class PageTest(Site site) : IAsyncDisposable
{
    /// <summary>How long a test waits for something; only one that fails waits so long.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static readonly string Checks = new StreamReader(typeof(PageTest).Assembly.GetManifestResourceStream("Checks.js")!).ReadToEnd();

    private readonly List<IBrowserContext> _contexts = [];
    private readonly ConcurrentQueue<string> _requests = [], _errors = [];       // filled while a test reads them
    private readonly List<string> _addresses = [];

    protected Site Site { get; } = site;

    /// <summary>Addresses that were asked for, of this test's pages.</summary>
    protected IReadOnlyCollection<string> Requests => _requests;

    /// <summary>Opens the page; it listens to keys and clicks by then.</summary>
    /// <param name="query">the part of the address from the question mark on.</param>
    /// <param name="prepare">before it loads: routes that answer otherwise than the server.</param>
    /// <param name="at">another server than the one for all tests.</param>
    /// <param name="phone">with fingers and no mouse.</param>
    protected async Task<IPage> OpenAsync(string query = "", int width = 1280, int height = 860, bool dark = false,
        Func<IPage, Task>? prepare = null, string? at = null, bool phone = false)
    {
        Need();
        IBrowserContext context = await Site.Browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
            HasTouch = phone,
            IsMobile = phone,
            Permissions = ["clipboard-read", "clipboard-write"],
        });
        _contexts.Add(context);
        context.SetDefaultTimeout((float)Patience.TotalMilliseconds);
        IPage page = await context.NewPageAsync();
        page.Request += (_, r) => _requests.Enqueue(r.Url);
        page.PageError += (_, e) => _errors.Enqueue(e);
        if (prepare is not null)
            await prepare(page);
        if (at is not null)
            _addresses.Add(at);
        await page.GotoAsync((at ?? Site.Address) + query);
        await StartedAsync(page);
        return page;
    }

    /// <summary>Opens the page in a look: light, dark, or 320 (pixels wide).</summary>
    protected Task<IPage> OpenAsync(string query, string look, Func<IPage, Task>? prepare = null) =>
        look == "320" ? OpenAsync(query, 320, 640, prepare: prepare) : OpenAsync(query, dark: look == "dark", prepare: prepare);

    /// <summary>Brings the page to a state, keeps a picture of it, and checks contrast, names, roles, and that nothing sticks out.</summary>
    protected static async Task LookAsync(IPage page, string state, string look, Func<IPage, Task> reach)
    {
        await reach(page);
        await ShotAsync(page, $"{state}-{look}");
        Assert.Empty(await ComplaintsAsync(page));
        Assert.True(await page.EvaluateAsync<bool>("document.scrollingElement.scrollWidth <= document.scrollingElement.clientWidth"),
            "the page scrolls sideways");
        if (look == "320")
            Assert.True(await page.EvaluateAsync<bool>(
                "new Set([...document.querySelectorAll('.tile')].map(t => t.getBoundingClientRect().left)).size <= 1"),
                "there is more than one column");
    }

    /// <summary>What is wrong with contrast, names and roles of what is on the page.</summary>
    protected static Task<string[]> ComplaintsAsync(IPage page) => page.EvaluateAsync<string[]>(Checks);

    /// <summary>Skips where there is no browser.</summary>
    protected void Need() => Assert.SkipWhen(Site.Missing is not null, Site.Missing ?? "");

    /// <summary>Waits until the page has begun: the last that it does before it asks the server is to measure its top.</summary>
    private static Task StartedAsync(IPage page) => Until(page, "document.documentElement.style.getPropertyValue('--top') !== ''");

    /// <summary>Waits until the hits of these words are shown, whatever was shown while they were typed.</summary>
    protected static Task AnsweredAsync(IPage page, string words) => Until(page,
        "words => new URL(location).searchParams.get('q') === words && !!document.querySelector('.tile') && !document.querySelector('.grid.slow')", words);

    /// <summary>Waits until the address has this in it.</summary>
    protected static Task AddressAsync(IPage page, string pattern) => Until(page, "pattern => new RegExp(pattern).test(location.href)", pattern);

    /// <summary>Opens the lens and waits for its picture, which its size depends on.</summary>
    protected static async Task OpenLensAsync(IPage page)
    {
        await page.Locator(".piece .look").ClickAsync();
        await Until(page, "document.querySelector('.lens .table img')?.naturalWidth > 0");
    }

    /// <summary>Waits for hits.</summary>
    protected static Task TilesAsync(IPage page) => page.Locator(".tile").First.WaitForAsync();

    /// <summary>Opens the page with a query and waits for its hits.</summary>
    protected async Task<IPage> AskAsync(string query = "?q=a+red+heart", int width = 1280, int height = 860, bool dark = false,
        Func<IPage, Task>? prepare = null)
    {
        IPage page = await OpenAsync(query, width, height, dark, prepare);
        await TilesAsync(page);
        return page;
    }

    /// <summary>Waits until an expression is true in the page.</summary>
    /// <remarks>Asked from here: the page's own policy forbids it to evaluate strings.</remarks>
    protected static async Task Until(IPage page, string expression, object? argument = null)
    {
        for (DateTime end = DateTime.UtcNow + Patience; !await IsAsync(); await Task.Delay(50, TestContext.Current.CancellationToken))
            if (DateTime.UtcNow > end)
                Assert.Fail($"this did not become true: {expression}\nthe page says: {await page.Locator("body").InnerTextAsync()}");

        async Task<bool> IsAsync()
        {
            try
            {
                return await page.EvaluateAsync<bool>(expression, argument);
            }
            catch (PlaywrightException e) when (e.Message.Contains("context was destroyed", StringComparison.Ordinal))
            {
                return false;          // it goes to another address just now
            }
        }
    }

    /// <summary>Waits until something is true out here, which the page's own pace decides.</summary>
    /// <param name="meanwhile">done again and again until then.</param>
    protected static async Task Until(Func<Task<bool>> there, Func<Task>? meanwhile = null)
    {
        for (DateTime end = DateTime.UtcNow + Patience; !await there(); await Task.Delay(100, TestContext.Current.CancellationToken))
        {
            Assert.True(DateTime.UtcNow < end, "this did not become true");
            await (meanwhile?.Invoke() ?? Task.CompletedTask);
        }
    }

    /// <summary>The ids of the hits, best first.</summary>
    protected static Task<string[]> IdsAsync(IPage page) =>
        page.EvaluateAsync<string[]>("[...document.querySelectorAll('.tile')].map(t => t.dataset.id)");

    /// <summary>Waits until the hits are others than these.</summary>
    protected static Task OtherThan(IPage page, string[] ids) => Until(page,
        "ids => { const now = [...document.querySelectorAll('.tile')].map(t => t.dataset.id); return now.length > 0 && now.join() !== ids.join(); }",
            ids);

    /// <summary>Keeps a picture of a state.</summary>
    protected static async Task ShotAsync(IPage page, string name)
    {
        Directory.CreateDirectory(Site.Shots);
        await page.WaitForTimeoutAsync(350);   // pictures fade in
        await page.ScreenshotAsync(new() { Path = Path.Combine(Site.Shots, name + ".png") });
    }

    /// <summary>A file picked up from the gallery itself, as bytes in base64.</summary>
    protected static Task<string> PictureAsync(IPage page) => page.EvaluateAsync<string>("""
        async () => {
          const gallery = (await (await fetch('v1/galleries')).json()).galleries[0].name;
          const hits = (await (await fetch('v1/search', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text: 'a blue star', top: 1 }) })).json()).hits;
          const bytes = new Uint8Array(await (await fetch(`v1/galleries/${gallery}/items/${hits[0].id}/image`)).arrayBuffer());
          return btoa(String.fromCharCode(...bytes));
        }
        """);

    public async ValueTask DisposeAsync()
    {
        foreach (IBrowserContext context in _contexts)
            await context.CloseAsync();
        Assert.Empty(_errors);
        Assert.All(_requests, url => Assert.True(_addresses.Append(Site.Address).Any(a => url.StartsWith(a, StringComparison.Ordinal))
            || url.StartsWith("blob:", StringComparison.Ordinal) || url.StartsWith("data:", StringComparison.Ordinal),
            $"a request left the server: {url}"));
        GC.SuppressFinalize(this);
    }
}
