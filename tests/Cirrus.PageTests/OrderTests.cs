namespace Cirrus.PageTests;

/// <summary>What is shown is the answer to what was asked last, and a drag of the slider floods neither the server nor the history.</summary>
public sealed class OrderTests(Site site) : PageTest(site)
{
    [Fact]
    public async Task An_answer_that_comes_late_is_not_shown_over_a_newer_one()
    {
        TaskCompletionSource<IRoute> held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bool first = true;
        IPage page = await OpenAsync("?q=a+red+heart", prepare: p => p.RouteAsync("**/v1/search", async r =>
        {
            if (first && (r.Request.PostData ?? "").Contains("a red heart", StringComparison.Ordinal))
            {
                first = false;
                held.TrySetResult(r);
            }
            else
                await r.ContinueAsync();
        }));
        IRoute late = await held.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        await page.Locator("#words").FillAsync("a green fish");
        await page.Locator("#words").PressAsync("Enter");
        await TilesAsync(page);
        string[] newer = await IdsAsync(page);
        IAPIResponse answer = await late.FetchAsync();
        Assert.Equal(200, answer.Status);
        await late.FulfillAsync(new() { Response = answer });
        await page.Locator(".add-term.minus").ClickAsync();   // the page has taken what came before it
        await page.Locator(".term-entry").WaitForAsync();
        Assert.Equal(newer, await IdsAsync(page));
        Assert.Contains("green", await page.Locator(".tile .frame").First.GetAttributeAsync("aria-label"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_drag_has_one_search_under_way_and_ends_at_its_last_place()
    {
        IPage page = await AskAsync("?q=is+at+night&p=7");
        await page.Locator("#weight").WaitForAsync();
        int history = await page.EvaluateAsync<int>("history.length");
        // counted in the page: what is told of it out here may come in another order
        await page.EvaluateAsync("""
            () => {
              const real = window.fetch, count = window.searches = { now: 0, most: 0, all: 0 };
              window.fetch = async (...asked) => {
                if (!String(asked[0]).endsWith('v1/search')) return real(...asked);
                count.all++;
                count.most = Math.max(count.most, ++count.now);
                try { return await real(...asked); } finally { count.now--; }
              };
            }
            """);
        LocatorBoundingBoxResult range = (await page.Locator("#weight").BoundingBoxAsync())!;
        float middle = range.Y + (range.Height / 2);
        await page.Mouse.MoveAsync(range.X + (range.Width / 2), middle);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(range.X + 1, middle, new() { Steps = 40 });
        await page.Mouse.MoveAsync(range.X + range.Width - 1, middle, new() { Steps = 80 });
        await page.Mouse.UpAsync();
        await Until(page, "new URL(location).searchParams.get('w') === '0' && !document.querySelector('.grid.slow')");
        int[] searches = await page.EvaluateAsync<int[]>("[window.searches.most, window.searches.all]");
        Assert.True(searches is [1, > 1 and < 121], $"{searches[1]} searches, {searches[0]} at once");
        Assert.Equal(history + 1, await page.EvaluateAsync<int>("history.length"));
        IPage fresh = await AskAsync("?q=is+at+night&p=7&w=0");
        await Until(page,
            "ids => [...document.querySelectorAll('.tile')].slice(0, 30).map(t => t.dataset.id).join() === ids.slice(0, 30).join()",
            await IdsAsync(fresh));
    }
}
