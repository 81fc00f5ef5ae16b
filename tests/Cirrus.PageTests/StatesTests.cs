using System.Text.Json;

namespace Cirrus.PageTests;

/// <summary>
/// Every state in light, in dark and 320 px wide: checked for contrast, names and roles, for sideways scrolling, and
/// kept as a picture.
/// </summary>
public sealed class StatesTests(Site site) : PageTest(site)
{
    private const string Composed = "?q=is+at+night&p=", Everything = "&and=a+moon&not=t:tree&w=0.4";

    [Theory]
    [InlineData("light"), InlineData("dark"), InlineData("320")]
    public async Task First_visit(string look) =>
        await LookAsync(await OpenAsync("", look), "welcome", look, page => page.Locator(".try").Nth(3).WaitForAsync());

    [Theory]
    [InlineData("light"), InlineData("dark"), InlineData("320")]
    public async Task Hits(string look) => await LookAsync(await OpenAsync(Composed + "7", look), "results", look, async page =>
    {
        await TilesAsync(page);
        await Until(page, "document.querySelector('.piece img').naturalWidth > 0 && document.querySelector('.tile img').naturalWidth > 0");
    });

    [Theory]
    [InlineData("light"), InlineData("dark"), InlineData("320")]
    public async Task A_long_sentence(string look) =>
        await LookAsync(await OpenAsync(Composed + "7%400.2,0.1,0.5,0.6&p=9" + Everything, look), "terms", look, TilesAsync);

    [Theory]
    [InlineData("light"), InlineData("dark"), InlineData("320")]
    public async Task Details(string look) => await LookAsync(await OpenAsync(Composed + "7", look), "details", look, async page =>
    {
        await TilesAsync(page);
        await page.Locator("#details-toggle").ClickAsync();
        await page.Locator(".caption").WaitForAsync();
    });

    [Theory]
    [InlineData("light"), InlineData("dark"), InlineData("320")]
    public async Task Panel(string look) => await LookAsync(await OpenAsync(Composed + "7" + Everything, look), "panel", look, async page =>
    {
        await TilesAsync(page);
        await page.Locator(".tile .frame").Nth(2).ClickAsync();
        await page.Locator(".panel .row.picture").WaitForAsync();
    });

    [Theory]
    [InlineData("light"), InlineData("dark"), InlineData("320")]
    public async Task Compare(string look) => await LookAsync(await OpenAsync(Composed + "7&vs=slerp&vs=sum:0.7", look), "compare", look,
        page => Until(page, "document.querySelectorAll('.side.b .place').length > 0"));

    [Theory]
    [InlineData("light"), InlineData("dark"), InlineData("320")]
    public async Task Filters(string look) => await LookAsync(await OpenAsync(Composed + "7&format=png", look), "filters", look, async page =>
    {
        await TilesAsync(page);
        if (await page.Locator(".filters").IsHiddenAsync())
            await page.Locator("#filters-toggle").ClickAsync();
        await page.Locator(".filters .choice").First.WaitForAsync();
    });

    [Theory]
    [InlineData("light"), InlineData("dark"), InlineData("320")]
    public async Task Nothing_found(string look) => await LookAsync(await OpenAsync(Composed + "7&to=1999-01-01&format=png", look), "nothing", look,
        page => Until(page, "/pictures?\\)/.test(document.querySelector('.say .ways')?.textContent ?? '')"));

    [Theory]
    [InlineData("light"), InlineData("dark"), InlineData("320")]
    public async Task Lens(string look) => await LookAsync(await OpenAsync(Composed + "7%400.2,0.1,0.5,0.6", look), "lens", look, async page =>
    {
        await TilesAsync(page);
        await OpenLensAsync(page);
        await page.Locator(".lens .box").WaitForAsync();
    });

    [Theory]
    [InlineData("light"), InlineData("dark"), InlineData("320")]
    public async Task An_error_says_what_to_do(string look)
    {
        IPage page = await OpenAsync(Composed + "7", look, p => p.RouteAsync("**/v1/search", r => r.FulfillAsync(new()
        {
            Status = 429,
            ContentType = "application/problem+json",
            Body = """{"title":"Too many requests","detail":"Too many pictures wait to be encoded.","hint":"try again in 3 seconds","code":"busy","traceId":"00-4bf92f3577b34da6-00"}""",
        })));
        await LookAsync(page, "error", look, p => p.Locator(".say.wrong").WaitForAsync());
        Assert.Contains("try again in 3 seconds", await page.Locator(".say").TextContentAsync(), StringComparison.Ordinal);
        await page.UnrouteAsync("**/v1/search");
        await page.GetByText("Try again", new() { Exact = true }).ClickAsync();
        await TilesAsync(page);
    }

    [Fact]
    public async Task A_file_that_is_no_picture_is_said_in_words_and_left_out()
    {
        IPage page = await AskAsync();
        await page.Locator("input[type='file']").First.SetInputFilesAsync(new FilePayload { Name = "a.png", MimeType = "image/png", Buffer = "no picture"u8.ToArray() });
        await page.Locator(".say.wrong").WaitForAsync();
        Assert.Equal("This is no picture of a kind that is read.", await page.Locator(".say h2").TextContentAsync());
        await page.GetByText("Leave that picture out").ClickAsync();
        await TilesAsync(page);
        Assert.Equal(0, await page.Locator(".say, .piece").CountAsync());
    }

    [Fact]
    public async Task Several_wrong_fields_are_listed()
    {
        IPage page = await OpenAsync("?q=a", prepare: p => p.RouteAsync("**/v1/search", r => r.FulfillAsync(new()
        {
            Status = 400,
            ContentType = "application/problem+json",
            Body = """{"detail":"2 fields of the request are wrong.","hint":"see errors","code":"invalid_request","errors":[{"field":"top","message":"0 is out of range."},{"field":"and","message":"17 terms; at most 16."}]}""",
        })));
        await page.Locator(".say.wrong").WaitForAsync();
        Assert.Equal(["top: 0 is out of range.", "and: 17 terms; at most 16."], await page.Locator(".say li").AllTextContentsAsync());
    }

    [Theory]
    [InlineData("light"), InlineData("dark"), InlineData("320")]
    public async Task No_gallery_shows_the_one_command(string look)
    {
        IPage page = await OpenAsync("", look, p => p.RouteAsync("**/v1/galleries", r => r.FulfillAsync(new() { ContentType = "application/json", Body = """{"galleries":[]}""" })));
        await LookAsync(page, "no-gallery", look, p => p.Locator(".say .command").First.WaitForAsync());
        Assert.Contains("cirrus index", await page.Locator(".say").TextContentAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("light"), InlineData("dark"), InlineData("320")]
    public async Task A_search_that_takes_long_keeps_places_for_its_hits(string look)
    {
        TaskCompletionSource<IRoute> held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        IPage page = await OpenAsync(Composed + "7", look, p => p.RouteAsync("**/v1/search", r => Task.FromResult(held.TrySetResult(r))));
        await LookAsync(page, "looking", look, async p =>
        {
            await held.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
            await p.Locator(".skeleton i").First.WaitForAsync();
        });
        Assert.Equal("true", await page.Locator("#results").GetAttributeAsync("aria-busy"));
        await (await held.Task).ContinueAsync();
        await TilesAsync(page);
        await page.Locator(".skeleton").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        await Until(page, "document.getElementById('results').getAttribute('aria-busy') === 'false'");
    }

    [Fact]
    public async Task A_loading_model_is_waited_for_and_the_page_works()
    {
        bool waits = true;
        IPage page = await OpenAsync("", "light", p => p.RouteAsync("**/healthz/ready", r => waits
            ? r.FulfillAsync(new() { ContentType = "application/json", Body = """{"status":"starting","waitingFor":"model"}""" })
            : r.ContinueAsync()));
        await Until(page, "/waiting for model/.test(document.querySelector('.status').textContent)");
        await ShotAsync(page, "waiting-light");
        waits = false;
        await Until(page, "!/waiting/.test(document.querySelector('.status').textContent)");
    }

    [Fact]
    public async Task A_model_that_did_not_load_is_said_and_the_page_goes_on_when_it_is_there()
    {
        bool broken = true;
        IPage page = await OpenAsync("?q=a+red+heart", "light", async p =>
        {
            await p.RouteAsync("**/healthz/ready", r => broken ? r.FulfillAsync(new()
            {
                Status = 503,
                ContentType = "application/problem+json",
                Body = """{"detail":"The model of gallery 'photos' did not load: it is damaged.","hint":"pull it again: cirrus models verify","code":"model_failed"}""",
            }) : r.ContinueAsync());
            await p.RouteAsync("**/v1/galleries/*", async r =>
            {
                IAPIResponse real = await r.FetchAsync();
                string text = await real.TextAsync();
                await r.FulfillAsync(new() { Response = real, Body = broken ? text.Replace("\"state\":\"ready\"", "\"state\":\"failed\"", StringComparison.Ordinal) : text });
            });
        });
        await Until(page, "/cirrus models verify/.test(document.querySelector('.say.wrong')?.textContent ?? '')");
        Assert.Equal(0, await page.Locator(".tile").CountAsync());
        broken = false;
        await TilesAsync(page);
        Assert.Equal(0, await page.Locator(".say").CountAsync());
    }

    [Fact]
    public async Task A_gallery_that_is_only_read_offers_no_refresh()
    {
        IPage page = await OpenAsync("?q=a+red+heart", "light", p => p.RouteAsync("**/v1/galleries/*", async r =>
        {
            IAPIResponse real = await r.FetchAsync();
            string text = await real.TextAsync();
            await r.FulfillAsync(new() { Response = real, Body = text.Replace("\"readOnly\":false", "\"readOnly\":true", StringComparison.Ordinal) });
        }));
        await page.Locator(".model").WaitForAsync();          // the gallery is known
        Assert.Equal(0, await page.Locator("button.refresh").CountAsync());
        await page.UnrouteAllAsync();
        await page.ReloadAsync();
        await page.Locator("button.refresh").WaitForAsync();
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public async Task A_painted_mask_goes_along_when_the_method_reads_one(bool keyboard)
    {
        TaskCompletionSource<string> sent = new();
        IPage page = await OpenAsync(Composed + "7", "light", async p =>
        {
            await p.RouteAsync("**/v1/methods", async r =>
            {
                IAPIResponse real = await r.FetchAsync();
                string text = (await real.TextAsync()).Replace("\"readsMask\":false", "\"readsMask\":true", StringComparison.Ordinal);
                await r.FulfillAsync(new() { Response = real, Body = text });
            });
            await p.RouteAsync("**/v1/search", async r =>
            {
                string body = r.Request.PostData ?? "";
                if (!body.Contains("\"mask\"", StringComparison.Ordinal))
                {
                    await r.ContinueAsync();
                    return;
                }
                sent.TrySetResult(body);
                await r.AbortAsync();
            });
        });
        await TilesAsync(page);
        await OpenLensAsync(page);
        await page.Locator("input[value='mask']").CheckAsync();
        await (keyboard ? PaintByKeysAsync(page) : PaintAsync(page));
        await page.Locator(".lens .done").ClickAsync();
        using JsonDocument body = JsonDocument.Parse(await sent.Task.WaitAsync(Patience, TestContext.Current.CancellationToken));
        string png = body.RootElement.GetProperty("images")[0].GetProperty("mask").GetProperty("data").GetString()!;
        Assert.Equal("PNG"u8.ToArray(), Convert.FromBase64String(png)[1..4]);
        double white = await page.EvaluateAsync<double>("""
            async png => {
              const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(png), (c) => c.charCodeAt(0))]));
              const pen = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
              pen.drawImage(picture, 0, 0);
              const { data } = pen.getImageData(0, 0, picture.width, picture.height);
              return data.filter((v, i) => i % 4 === 0 && v > 127).length / (data.length / 4);
            }
            """, png);
        Assert.InRange(white, keyboard ? 0.25 : 0.03, keyboard ? 0.27 : 0.5);   // by keys a rectangle of 0.5 × 0.52
    }

    private static async Task PaintAsync(IPage page)
    {
        LocatorBoundingBoxResult table = (await page.Locator(".lens .table").BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(table.X + (0.3f * table.Width), table.Y + (0.4f * table.Height));
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(table.X + (0.7f * table.Width), table.Y + (0.5f * table.Height), new() { Steps = 8 });
        await page.Mouse.UpAsync();
        await ShotAsync(page, "mask-light");
    }

    private static async Task PaintByKeysAsync(IPage page)
    {
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("The picture. Press R for a rectangle in its middle",
            await page.EvaluateAsync<string>("document.activeElement.getAttribute('aria-label')"));
        foreach (string key in (string[])["r", "ArrowLeft", "ArrowUp", "Shift+ArrowDown"])
            await page.Keyboard.PressAsync(key);
        Assert.Equal("From 23 % left and 23 % top, 50 % wide, 52 % high",
            await page.EvaluateAsync<string>("document.activeElement.getAttribute('aria-label')"));
        await ShotAsync(page, "mask-keys-light");
        Assert.Empty(await ComplaintsAsync(page));
        await page.Keyboard.PressAsync("Enter");
        Assert.StartsWith("The rectangle is painted.", await page.Locator(".lens [role='status']").TextContentAsync(), StringComparison.Ordinal);
        Assert.True(await page.EvaluateAsync<bool>(
            "document.activeElement.matches('.lens .table') && document.querySelectorAll('.lens .box:not([hidden])').length === 0"),
            "the focus is lost");
    }
}
