namespace Cirrus.PageTests;

/// <summary>A server that asks for a key: the page asks for it once, and shows and opens pictures that an address alone would not get.</summary>
public sealed class KeyTests(Site site) : PageTest(site)
{
    [Fact]
    public async Task The_key_is_asked_for_and_pictures_are_shown_and_opened_by_it()
    {
        Need();
        const string key = "a-key-of-the-tests";
        string? address = await Site.ServeWithKeyAsync(key);
        Assert.SkipWhen(address is null, "the server was started by somebody else");
        IPage page = await OpenAsync("?q=a+red+heart", at: address);
        await page.Locator(".say input[type='password']").FillAsync("a wrong one");
        await page.Locator(".say button").ClickAsync();
        await page.Locator(".say.wrong").WaitForAsync();
        await ShotAsync(page, "key");
        await page.Locator(".say input[type='password']").FillAsync(key);
        await page.Locator(".say button").ClickAsync();
        await TilesAsync(page);
        await Until(page, "document.querySelector('.tile img').naturalWidth > 0");
        Assert.StartsWith("blob:", await page.Locator(".tile img").First.GetAttributeAsync("src"), StringComparison.Ordinal);
        IPage tab = await page.Context.RunAndWaitForPageAsync(() =>
            page.Locator(".tile .act[title='Open in a new tab']").First.DispatchEventAsync("click"));
        await Until(tab, "location.protocol === 'blob:' && document.images.length === 1 && document.images[0].naturalWidth > 0");
        Assert.DoesNotContain(Requests, r => r.Contains(key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_key_a_picture_opens_by_its_address()
    {
        IPage page = await AskAsync();
        string id = (await IdsAsync(page))[0];
        IPage tab = await page.Context.RunAndWaitForPageAsync(() =>
            page.Locator(".tile .act[title='Open in a new tab']").First.DispatchEventAsync("click"));
        await Until(tab, "id => location.pathname.endsWith(`/items/${id}/image`) && document.images[0]?.naturalWidth > 0", id);
    }
}
