using System.Collections.Concurrent;

namespace Cirrus.PageTests;

public sealed class SentenceTests(Site site) : PageTest(site)
{
    private const string GiveFile = """
        ([kind, bytes]) => {
          const data = new DataTransfer();
          data.items.add(new File([Uint8Array.from(atob(bytes), c => c.charCodeAt(0))], 'mine.png', { type: 'image/png' }));
          if (kind === 'paste') window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
          else for (const type of ['dragenter', 'dragover', 'drop']) document.body.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
        }
        """;

    [Fact]
    public async Task A_welcome_example_is_one_click_from_its_hits()
    {
        IPage page = await OpenAsync();
        await page.Locator(".try").Nth(3).WaitForAsync();
        await ShotAsync(page, "welcome");
        await page.Locator(".try").First.ClickAsync();
        await page.Locator(".tile").First.WaitForAsync();
        Assert.Equal(1, await page.Locator(".piece").CountAsync());
        await AddressAsync(page, "p=");
        await ShotAsync(page, "results");
    }

    [Fact]
    public async Task Typed_words_are_sought_and_stand_in_the_address()
    {
        IPage page = await OpenAsync();
        await page.Locator("#words").PressSequentiallyAsync("a red heart");
        await AnsweredAsync(page, "a red heart");
        string? label = await page.Locator(".tile .frame").First.GetAttributeAsync("aria-label");
        Assert.Contains("red", label, StringComparison.Ordinal);
        await Until(page, "/pictures, best first/.test(document.getElementById('announce').textContent)");
    }

    [Theory, InlineData("drop"), InlineData("paste")]
    public async Task A_file_dropped_or_pasted_is_the_picture_also_after_reload(string kind)
    {
        IPage page = await OpenAsync();
        await page.EvaluateAsync(GiveFile, new object[] { kind, await PictureAsync(page) });
        await page.Locator(".piece img[src^='blob:']").WaitForAsync();
        await page.Locator(".tile").First.WaitForAsync();
        string[] ids = await IdsAsync(page);
        await AddressAsync(page, "p=h(%3A|:)[0-9a-f]{64}");
        await page.ReloadAsync();
        await page.Locator(".piece img[src^='blob:']").WaitForAsync();
        await page.Locator(".tile").First.WaitForAsync();
        Assert.Equal(ids.Take(10), (await IdsAsync(page)).Take(10));
    }

    [Fact]
    public async Task A_chosen_file_is_sent_once_while_the_slider_moves()
    {
        IPage page = await OpenAsync("?q=is+at+night");
        ConcurrentQueue<string> bodies = [];
        page.Request += (_, r) =>
        {
            if (r.Method == "POST" && r.Url.EndsWith("/v1/search", StringComparison.Ordinal))
                bodies.Enqueue(r.Headers["content-type"]);
        };
        byte[] png = Convert.FromBase64String(await PictureAsync(page));
        await page.Locator("#choose").SetInputFilesAsync(new FilePayload { Name = "mine.png", MimeType = "image/png", Buffer = png });
        await page.Locator("#balance").WaitForAsync();
        await Until(page, "document.querySelectorAll('.tile').length > 0 && !document.querySelector('.grid.slow')");
        await page.Locator("#weight").FocusAsync();
        for (int i = 0; i < 5; i++)
            await page.Keyboard.PressAsync("ArrowRight");
        await Until(page, "new URL(location).searchParams.has('w')");
        await Until(page, "!document.querySelector('.grid.slow')");
        await Until(() => Task.FromResult(bodies.Any(b => b.StartsWith("application/json", StringComparison.Ordinal))));
        Assert.Single(bodies, b => b.StartsWith("multipart", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_phone_takes_a_photo()
    {
        IPage page = await OpenAsync("", 390, 780, phone: true);
        await page.Locator(".shoot").WaitForAsync();
        Assert.Equal("environment", await page.Locator("#photo").GetAttributeAsync("capture"));
        byte[] png = Convert.FromBase64String(await PictureAsync(page));
        await page.Locator("#photo").SetInputFilesAsync(new FilePayload { Name = "photo.png", MimeType = "image/png", Buffer = png });
        await page.Locator(".piece img[src^='blob:']").WaitForAsync();
        await TilesAsync(page);
        await ShotAsync(page, "phone");
    }

    [Fact]
    public async Task The_slider_changes_the_hits_and_is_one_step_of_the_history()
    {
        IPage page = await AskAsync();
        await page.Locator(".tile .act.picture").First.DispatchEventAsync("click");
        await page.Locator("#balance").WaitForAsync();
        int before = await page.EvaluateAsync<int>("history.length");
        await page.Locator("#weight").FocusAsync();
        await page.Keyboard.PressAsync("Home");   // only the picture
        await Until(page, "new URL(location).searchParams.get('w') === '1'");
        Assert.Equal("only the picture", await page.Locator("#weight").GetAttributeAsync("aria-valuetext"));
        await Until(page, "!document.querySelector('.grid.slow')");
        string[] pictureAlone = await IdsAsync(page);
        for (int i = 0; i < 8; i++)
            await page.Keyboard.PressAsync("ArrowRight");
        await page.Keyboard.PressAsync("End");    // only the words
        await OtherThan(page, pictureAlone);
        Assert.True(await page.EvaluateAsync<int>("history.length") <= before + 3, "each step of the slider is in the history");
        await page.Locator("#balance .link").ClickAsync();
        await Until(page, "!new URL(location).searchParams.has('w')");
        await page.Locator("#details-toggle").ClickAsync();
        await page.GetByRole(AriaRole.Radio, new() { Name = "Slerp", Exact = true }).CheckAsync(new() { Force = true });
        await Until(page, "document.getElementById('weight').getAttribute('aria-valuetext') === 'picture 20 %, words 80 %'");
    }

    [Fact]
    public async Task A_dollar_becomes_a_chip_of_the_picture()
    {
        IPage page = await AskAsync();
        await page.Locator(".tile .act.picture").First.DispatchEventAsync("click");
        await page.Locator("#words").FillAsync("");
        await page.Locator("#words").PressSequentiallyAsync("a sketch of $ at night");
        await page.Locator("#words .here img").WaitForAsync();
        await Until(page, "new URL(location).searchParams.get('q') === 'a sketch of $ at night'");
        Assert.Equal("", await page.Locator("#joint").TextContentAsync());
        await ShotAsync(page, "chip");
    }

    [Fact]
    public async Task Chips_are_added_by_Enter_and_removed_by_Backspace()
    {
        IPage page = await AskAsync();
        string[] plain = await IdsAsync(page);
        await page.Locator(".add-term.minus").ClickAsync();
        await page.Keyboard.TypeAsync("heart");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator(".term.minus").WaitForAsync();
        await OtherThan(page, plain);
        await page.Keyboard.TypeAsync("brick");
        await page.Keyboard.PressAsync("Enter");
        Assert.Equal(2, await page.Locator(".term.minus").CountAsync());
        await page.Keyboard.PressAsync("Backspace");
        Assert.Equal(1, await page.Locator(".term.minus").CountAsync());
        await page.Locator(".add-term.plus").ClickAsync();
        await page.Keyboard.TypeAsync("a tree");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator(".term.plus").WaitForAsync();
        await ShotAsync(page, "terms");
        await page.Locator(".term.minus .off").ClickAsync();
        Assert.Equal(0, await page.Locator(".term.minus").CountAsync());
        await Until(page, "new URL(location).searchParams.get('and') === 'a tree'");
    }

    [Fact]
    public async Task A_rectangle_asks_about_a_part()
    {
        IPage page = await AskAsync();
        await page.Locator(".tile .act.picture").First.DispatchEventAsync("click");
        await OpenLensAsync(page);
        LocatorBoundingBoxResult table = (await page.Locator(".lens .table").BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(table.X + (0.2f * table.Width), table.Y + (0.2f * table.Height));
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(table.X + (0.7f * table.Width), table.Y + (0.8f * table.Height));
        await page.Mouse.UpAsync();
        await ShotAsync(page, "lens");
        await page.Locator(".lens .done").ClickAsync();
        await Until(page, "/@0\\.\\d+,0\\.\\d+,0\\.\\d+,0\\.\\d+/.test(new URL(location).searchParams.get('p'))");
        Assert.Equal(1, await page.Locator(".piece .part").CountAsync());
        await OpenLensAsync(page);
        await page.GetByText("The whole picture").ClickAsync();
        await page.Locator(".lens .table").FocusAsync();
        await page.Keyboard.PressAsync("r");
        await page.Keyboard.PressAsync("ArrowLeft");
        await page.Locator(".lens .done").ClickAsync();
        await Until(page, "new URL(location).searchParams.get('p').endsWith('@0.23,0.25,0.5,0.5')");
    }
}
