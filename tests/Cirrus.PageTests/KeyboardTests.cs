namespace Cirrus.PageTests;

public sealed class KeyboardTests(Site site) : PageTest(site)
{
    [Fact]
    public async Task A_whole_search_by_keyboard_alone()
    {
        IPage page = await OpenAsync();
        await page.Locator(".try").First.WaitForAsync();
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("a green fish");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator(".tile").First.WaitForAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        string first = await Focused(page);
        await page.Keyboard.PressAsync("ArrowRight");
        string second = await Focused(page);
        Assert.NotEqual(first, second);
        await page.Keyboard.PressAsync("ArrowDown");
        Assert.NotEqual(second, await Focused(page));
        await page.Keyboard.PressAsync("ArrowUp");
        Assert.Equal(second, await Focused(page));
        await page.Keyboard.PressAsync("Enter");
        await page.Locator(".panel .view img").WaitForAsync();
        await page.Keyboard.PressAsync("Escape");
        await page.Locator(".panel").WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        Assert.Equal(second, await Focused(page));
        await ShotAsync(page, "focus");
        await page.Keyboard.PressAsync("s");
        await page.Locator(".piece").WaitForAsync();
        Assert.Contains($"p={second}", page.Url, StringComparison.Ordinal);
        await page.Keyboard.PressAsync("Escape");
        await page.Locator(".welcome").WaitForAsync();
        Assert.Equal("words", await page.EvaluateAsync<string>("document.activeElement.id"));
    }

    [Fact]
    public async Task Tab_passes_one_tile_and_its_actions_and_reaches_the_end()
    {
        IPage page = await AskAsync();
        int inGrid = 0;
        bool inStatus = false;
        await page.EvaluateAsync("document.activeElement.blur()");
        for (int i = 0; i < 40 && !inStatus; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            inGrid += await page.EvaluateAsync<bool>("!!document.activeElement.closest('.tile')") ? 1 : 0;
            inStatus = await page.EvaluateAsync<bool>("!!document.activeElement.closest('.status')");
        }
        Assert.True(inStatus, "Tab does not reach the bottom line");
        Assert.Equal(6, inGrid);   // the picture and its five actions
    }

    private static Task<string> Focused(IPage page) => page.EvaluateAsync<string>("document.activeElement.closest('.tile')?.dataset.id ?? ''");
}
