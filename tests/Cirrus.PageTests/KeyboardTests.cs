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
        await AnsweredAsync(page, "a green fish");
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
        await AddressAsync(page, $"[?&]p={second}(&|$)");
        await page.Keyboard.PressAsync("Escape");
        await page.Locator(".welcome").WaitForAsync();
        Assert.Equal("words", await page.EvaluateAsync<string>("document.activeElement.id"));
    }

    [Fact]
    public async Task Tab_passes_one_tile_and_its_actions_and_reaches_the_end()
    {
        IPage page = await AskAsync();
        await page.Locator(".refresh").WaitForAsync();     // the bottom line is whole
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

    [Fact]
    public async Task A_screen_reader_finds_the_parts_of_the_page_by_role_and_name()
    {
        IPage page = await AskAsync("?q=is+at+night&p=7&and=a+moon&not=t:tree");
        await Until(page, "/pictures, best first/.test(document.getElementById('announce').textContent)");
        await page.Locator(".tile .frame").First.ClickAsync();
        await page.Locator(".panel .why").First.WaitForAsync();
        await Assertions.Expect(page.Locator("body")).ToMatchAriaSnapshotAsync("""
            - link "Skip to the pictures"
            - banner:
              - link "Cirrus, start anew"
              - button "Filters"
              - button "Compare"
              - button "Details"
              - search "What to look for":
                - group "Pictures of the query":
                  - 'button /choose a part/'
                  - 'button /away/'
                - textbox "Words"
                - group "Terms to add and to push away":
                  - 'group "added: a moon"'
                  - 'group "without: tree"'
                  - button "Add a term"
                  - button "Push a term away"
                - button "Clear the query"
              - text: only the picture
              - slider "Balance of picture and words"
            - main "Pictures found":
              - list "Pictures, best first":
                - listitem:
                  - 'button /^1: .*, score 0\.\d+/'
            - complementary "The selected picture":
              - button "Previous picture" [disabled]
              - button "Next picture"
              - button "Close"
              - region "Why it is here"
            - contentinfo "State of the gallery"
            - status
            """);
        await Until(page, "/, number 1: details beside/.test(document.getElementById('announce').textContent)");
        await page.Locator("#details-toggle").ClickAsync();
        Assert.True(await page.GetByRole(AriaRole.Radio, new() { Name = "LinCIR", Exact = true }).IsCheckedAsync());
        Assert.True(await page.GetByRole(AriaRole.Switch, new() { Name = "Fold duplicates" }).IsCheckedAsync());
    }

    [Fact]
    public async Task What_cannot_be_found_is_said_aloud()
    {
        IPage page = await OpenAsync("?q=a+red+heart&to=1999-01-01");
        await Until(page, "document.getElementById('announce').textContent === 'No picture passes the filters'");
        Assert.Equal("polite", await page.Locator("#announce").GetAttributeAsync("aria-live"));
    }

    [Fact]
    public async Task A_date_is_typed_without_losing_the_focus()
    {
        IPage page = await AskAsync();
        await page.Locator("#filters-toggle").ClickAsync();
        await page.Locator("input[type='date']").Last.FocusAsync();
        await page.Keyboard.TypeAsync("01311999");
        await Until(page, "new URL(location).searchParams.get('to') === '1999-01-31'");
        await page.Locator(".say").WaitForAsync();
        Assert.Equal("date", await page.EvaluateAsync<string>("document.activeElement.type"));
        await page.Locator(".filters .head .link").FocusAsync();
        await Until(page, "document.querySelector('.filters .head .link').textContent === 'drop all'");
        Assert.True(await page.EvaluateAsync<bool>("!!document.activeElement.closest('.filters')"),
            "the focus is lost when the filters are drawn anew");
    }

    private static Task<string> Focused(IPage page) => page.EvaluateAsync<string>("document.activeElement.closest('.tile')?.dataset.id ?? ''");
}
