namespace Cirrus.PageTests;

/// <summary>A server of several galleries, of which one is empty.</summary>
public sealed class GalleriesTests(Site site) : PageTest(site)
{
    [Fact]
    public async Task One_is_asked_though_the_address_names_none_and_one_that_is_not_there_leads_to_those_that_are()
    {
        Need();
        string? address = await Site.ServeWithEmptyAsync();
        Assert.SkipWhen(address is null, "the server was started by somebody else");
        IPage page = await OpenAsync("?q=a+red+heart", at: address);
        await TilesAsync(page);
        Assert.Equal("none", await page.Locator("#gallery-name option:not(:checked)").TextContentAsync());

        await page.GotoAsync(address + "?q=a+red+heart&g=other");
        await page.Locator(".say.wrong a").First.WaitForAsync();
        await ShotAsync(page, "other-gallery");
        Assert.Empty(await ComplaintsAsync(page));
        Assert.Contains("“other”", await page.Locator(".say.wrong h2").TextContentAsync(), StringComparison.Ordinal);
        await page.Locator(".say.wrong a").GetByText("none", new() { Exact = true }).ClickAsync();

        await page.GetByText("This gallery has no pictures yet.").WaitForAsync();
        await ShotAsync(page, "empty");
        Assert.Empty(await ComplaintsAsync(page));
        Assert.Contains("Refresh", await page.Locator(".say").TextContentAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("unreadable", await page.Locator(".status").TextContentAsync(), StringComparison.Ordinal);
        await page.Locator("#words").FillAsync("a heart");
        await page.Locator("#words").PressAsync("Enter");
        await page.GetByText("Nothing was found.").WaitForAsync();
    }
}
