namespace Cirrus.PageTests;

/// <summary>What the page says of an indexing that it asks for, and of how it ended.</summary>
public sealed class IndexingTests(Site site) : PageTest(site)
{
    [Theory]
    [InlineData("light"), InlineData("dark"), InlineData("320")]
    public async Task It_shows_how_far_it_is(string look)
    {
        IPage page = await RefreshedAsync(look, () => Done(""));
        await Until(page, "window.seenIndexing.some(t => t.includes('4,120 of 12,408') && t.includes('37 files/s'))");
        await LookAsync(page, "indexing", look, p => Until(p, "window.seenIndexing.includes('up to date')"));
    }

    [Theory]
    [InlineData("light"), InlineData("dark"), InlineData("320")]
    public async Task Folders_that_could_not_be_read_are_named_until_the_next(string look)
    {
        const string endless = "2019/a-holiday-whose-name-has-no-end-and-no-space-to-break-it-at/and-one-more-of-this-kind-below-it";
        string unread = $$"""{"path":"shut","kept":2},{"path":"{{endless}}","kept":0}""";
        IPage page = await RefreshedAsync(look, () => Done(unread));
        await LookAsync(page, "unread", look, p => p.Locator(".unread summary").ClickAsync());
        Assert.Equal("up to date, but 2 folders could not be read", await page.Locator(".unread summary").TextContentAsync());
        Assert.Equal(["shut/ (2 pictures of it stay as they are known)", endless + "/"], await page.Locator(".unread li").AllTextContentsAsync());
        unread = "";
        await page.Locator(".refresh").ClickAsync();
        await Until(page, "window.seenIndexing.includes('up to date') && document.querySelector('.refresh') && !document.querySelector('.unread')");
    }

    [Theory]
    [InlineData("""{"state":"cancelled","summary":{"unreadFolders":[]}}""", "indexing was stopped; what it had done is kept")]
    [InlineData("""{"state":"failed","error":"The disk is full.","hint":"make room"}""", "indexing failed: The disk is full. make room")]
    [InlineData("""{"state":"running","done":1,"total":2}""", "indexing is not seen any more")]
    public async Task One_that_was_not_done_is_not_said_to_be(string last, string says)
    {
        IPage page = await RefreshedAsync("light", () => last);
        await Until(page, "says => window.seenIndexing.includes(says)", says);
        Assert.DoesNotContain("up to date", await page.EvaluateAsync<string[]>("window.seenIndexing"));
    }

    private static string Done(string unread) => """
        {"state":"done","done":4120,"total":12408,"filesPerSecond":37.4,"summary":{"unreadFolders":[UNREAD]}}
        """.Replace("UNREAD", unread, StringComparison.Ordinal);

    /// <summary>Asks for an indexing whose one event is the last, and notes all that the bottom line says of it.</summary>
    private async Task<IPage> RefreshedAsync(string look, Func<string> last)
    {
        IPage page = await OpenAsync("?q=a+red+heart", look, async p =>
        {
            await p.RouteAsync("**/v1/galleries/*/refresh", r => r.FulfillAsync(new() { Status = 202, ContentType = "application/json", Body = """{"id":"j1","state":"queued"}""" }));
            await p.RouteAsync("**/v1/jobs/j1/events", r => r.FulfillAsync(new() { ContentType = "text/event-stream", Body = $"event: done\ndata: {last()}\n\n" }));
        });
        await TilesAsync(page);
        await page.EvaluateAsync("""
            () => {
              window.seenIndexing = [];
              new MutationObserver(() => window.seenIndexing.push(document.querySelector('.work').textContent)).observe(document.querySelector('.work'), { childList: true });
            }
            """);
        await page.Locator(".refresh").ClickAsync();
        return page;
    }
}
