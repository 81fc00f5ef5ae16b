namespace Cirrus.PageTests;

public sealed class ResultsTests(Site site) : PageTest(site)
{
    [Fact]
    public async Task Back_and_forward_go_through_the_queries()
    {
        IPage page = await AskAsync();
        string[] words = await IdsAsync(page);
        await page.Locator(".tile .act.picture").Nth(1).DispatchEventAsync("click");
        await OtherThan(page, words);
        string[] composed = await IdsAsync(page);
        await page.GoBackAsync();
        await OtherThan(page, composed);
        Assert.Equal(words, await IdsAsync(page));
        Assert.Equal(0, await page.Locator(".piece").CountAsync());
        await page.GoForwardAsync();
        await OtherThan(page, words);
        Assert.Equal(composed, await IdsAsync(page));
        Assert.Equal(1, await page.Locator(".piece").CountAsync());
    }

    [Fact]
    public async Task Scrolling_brings_more_and_nothing_jumps()
    {
        IPage page = await AskAsync();
        int first = await page.Locator(".tile").CountAsync();
        string where = (await page.Locator(".tile").Nth(5).GetAttributeAsync("style"))!;
        await Until(async () => await page.Locator(".tile").CountAsync() > Math.Max(first, 60), () => page.Mouse.WheelAsync(0, 1500));
        Assert.Equal(where, await page.Locator(".tile").Nth(5).GetAttributeAsync("style"));
        string[] ids = await IdsAsync(page);
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    [Fact]
    public async Task A_query_that_the_server_has_forgotten_goes_on_where_it_was()
    {
        bool forgotten = false;
        IPage page = await OpenAsync("?q=a+red+heart", prepare: p => p.RouteAsync("**/v1/search/*", r =>
        {
            if (forgotten)
                return r.ContinueAsync();
            forgotten = true;
            return r.FulfillAsync(new() { Status = 404, ContentType = "application/problem+json", Body = """{"detail":"The query is not known any more.","code":"expired_query"}""" });
        }));
        await TilesAsync(page);
        for (int i = 0; i < 100 && await page.Locator(".tile").CountAsync() <= 60; i++)
        {
            await page.Mouse.WheelAsync(0, 1500);
            await page.WaitForTimeoutAsync(200);
        }
        Assert.True(forgotten && await page.Locator(".tile").CountAsync() > 60, "no more hits came");
        string[] ids = await IdsAsync(page);
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.Equal(0, await page.Locator(".say").CountAsync());
    }

    [Fact]
    public async Task The_panel_says_why_and_what_each_word_does()
    {
        IPage page = await AskAsync();
        await page.Locator(".tile .act.picture").First.DispatchEventAsync("click");
        await page.Locator("#words").FillAsync("is blue");
        await page.Locator("#words").PressAsync("Enter");
        await Until(page, "/is blue/.test(document.title) && !document.querySelector('.grid.slow')");
        await page.Locator(".tile .frame").Nth(1).ClickAsync();
        await page.Locator(".panel .row.picture").WaitForAsync();
        Assert.Equal(1, await page.Locator(".panel .row.words-row").CountAsync());
        Assert.True(await page.Locator(".panel .track u").CountAsync() >= 2, "the best hit is not beside it");
        await page.Locator(".weights summary").ClickAsync();
        await Until(page, "document.querySelectorAll('.weights .row').length === 2");
        await Until(page, "document.querySelector('.weights').getBoundingClientRect().bottom <= document.querySelector('.panel').getBoundingClientRect().bottom");
        await ShotAsync(page, "panel");
        await AddressAsync(page, "hit=");
        await page.GoBackAsync();
        await page.Locator(".panel").WaitForAsync(new() { State = WaitForSelectorState.Hidden });
    }

    [Fact]
    public async Task Filters_narrow_without_encoding_and_say_which_left_nothing()
    {
        IPage page = await AskAsync();
        int sent = Requests.Count(r => r.EndsWith("/v1/search", StringComparison.Ordinal));
        await page.Locator("#filters-toggle").ClickAsync();
        await page.Locator(".filters .choice").First.WaitForAsync();
        Assert.Equal(0, await page.Locator("input[name='filter-orientation']").CountAsync());   // all are square
        await page.Locator("input[name='filter-format']").Last.CheckAsync();
        await page.Locator(".active button").WaitForAsync();
        await ShotAsync(page, "filters");
        await page.Locator("input[type='date']").Last.FillAsync("1999-01-01");
        await page.Locator(".say").WaitForAsync();
        await Until(page, "/1999/.test(document.querySelector('.say .ways').textContent) && /\\d pictures\\)/.test(document.querySelector('.say .ways').textContent)");
        await ShotAsync(page, "nothing");
        await page.Locator(".say .ways button", new() { HasText = "1999" }).ClickAsync();
        await page.Locator(".tile").First.WaitForAsync();
        Assert.Equal(sent, Requests.Count(r => r.EndsWith("/v1/search", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Compare_shows_two_methods_and_joins_what_both_found()
    {
        IPage page = await AskAsync();
        await page.Locator(".tile .act.picture").First.DispatchEventAsync("click");
        await page.Locator("#compare-toggle").ClickAsync();
        await Until(page, "document.querySelectorAll('.side.a .place').length > 0 && document.querySelectorAll('.side.b .place').length > 0");
        await page.Locator(".side-head.a select").SelectOptionAsync("sum");
        await page.Locator(".side-head.b select").SelectOptionAsync("slerp");
        await Until(page, "document.querySelectorAll('.pairing path').length > 0");
        Assert.Equal(2, await page.EvaluateAsync<int>("new URL(location).searchParams.getAll('vs').length"));
        await page.Locator(".side.a .place").First.HoverAsync();
        await ShotAsync(page, "compare");
        await page.Locator("#compare-toggle").ClickAsync();
        await page.Locator(".tile").First.WaitForAsync();
    }

    [Fact]
    public async Task Compare_says_and_shows_which_hits_stand_further_down_on_the_other_side()
    {
        IPage page = await OpenAsync("?q=is+at+night&p=7&vs=image&vs=text");
        await Until(page, "document.querySelectorAll('.side.a .place').length === 12 && document.querySelectorAll('.side.b .place').length === 12 && document.querySelectorAll('.pairing path').length > 0");
        string[] said = await page.EvaluateAsync<string[]>("""
            () => [...document.querySelectorAll('.place')].filter((p) => document.querySelectorAll(`.place[data-id="${p.dataset.id}"]`).length === 1)
              .map((p) => p.querySelector('.moved').textContent).filter((text) => !text.startsWith('—'))
            """);
        Assert.NotEmpty(said);
        Assert.All(said, text => Assert.Matches("^(→ [1-6][0-9] on the right|▲ [0-9]+ from [1-6][0-9])$", text));
        Assert.Equal(said.Length, await page.Locator(".pairing path.beyond").CountAsync());
        Assert.Equal(0, await page.Locator(".side-head input").CountAsync());   // neither method has a balance
        await ShotAsync(page, "compare-beyond");
    }

    [Fact]
    public async Task Details_show_the_caption_and_a_method_changes_the_hits()
    {
        IPage page = await AskAsync();
        await page.Locator(".tile .act.picture").First.DispatchEventAsync("click");
        await page.Locator("#details-toggle").ClickAsync();
        await Until(page, "document.querySelector('.caption')?.textContent.includes('red heart')");
        await ShotAsync(page, "details");
        string[] ids = await IdsAsync(page);
        await page.GetByRole(AriaRole.Radio, new() { Name = "Picture", Exact = true }).CheckAsync(new() { Force = true });
        await OtherThan(page, ids);
        Assert.Equal("image", await page.EvaluateAsync<string>("new URL(location).searchParams.get('m')"));
        await page.GetByRole(AriaRole.Switch, new() { Name = "Score bars" }).UncheckAsync();
        await page.Locator(".tile .score").First.WaitForAsync(new() { State = WaitForSelectorState.Hidden });
    }

    [Fact]
    public async Task A_prompt_of_ones_own_is_what_the_model_reads_and_stands_in_the_address()
    {
        IPage page = await AskAsync("?q=is+at+night&p=7&m=lincir");
        await page.Locator("#details-toggle").ClickAsync();
        await Until(page, "document.querySelector('.caption')?.textContent === 'a photo of  that is at night'");
        await page.GetByRole(AriaRole.Radio, new() { Name = "Short" }).CheckAsync(new() { Force = true });
        await Until(page, "document.querySelector('.caption')?.textContent === ' that is at night' && new URL(location).searchParams.get('t') === 'short'");
        await page.GetByRole(AriaRole.Radio, new() { Name = "Your own" }).CheckAsync(new() { Force = true });
        await page.Locator(".prompt").FillAsync("a painting");
        await page.Locator(".prompt").PressAsync("Enter");
        await page.Locator(".prompt[aria-invalid='true']").WaitForAsync();
        Assert.Equal("short", await page.EvaluateAsync<string>("new URL(location).searchParams.get('t')"));
        await page.Locator(".prompt").FillAsync("a painting of $ which {caption}");
        await page.Locator(".prompt").PressAsync("Enter");
        await Until(page, "document.querySelector('.caption')?.textContent === 'a painting of  which is at night'");
        await ShotAsync(page, "prompt");
        Assert.Equal("a painting of $ which {caption}", await page.EvaluateAsync<string>("new URL(location).searchParams.get('t')"));
        await page.GetByRole(AriaRole.Radio, new() { Name = "Sum", Exact = true }).CheckAsync(new() { Force = true });
        await page.Locator(".template").WaitForAsync(new() { State = WaitForSelectorState.Detached });
    }

    [Fact]
    public async Task Rows_are_justified_and_keep_the_aspect_of_each_picture()
    {
        IPage page = await OpenAsync();
        string wrong = await page.EvaluateAsync<string>("""
            async () => {
              const { justify } = await import('./js/layout.js');
              const ratios = Array.from({ length: 200 }, (_, i) => 0.5 + (i * 7919 % 100) / 50);
              const { boxes, line, height } = justify(ratios, 1000, { row: 200, breakAt: 77 });
              for (const [i, b] of boxes.entries()) {
                if (Math.abs(b.width / b.height - ratios[i]) > 1e-6) return `aspect of ${i}`;
                if (b.x < -1e-6 || b.x + b.width > 1000 + 1e-6 || b.y + b.height > height + 1e-6) return `${i} sticks out`;
                const next = boxes[i + 1];
                if (next && next.row !== b.row && i !== 76 && Math.abs(b.x + b.width - 1000) > 1e-6) return `row of ${i} is not full`;
              }
              return boxes[76].y + boxes[76].height <= line && line < boxes[77].y ? '' : 'the line is not between 76 and 77';
            }
            """);
        Assert.Equal("", wrong);
    }
}
