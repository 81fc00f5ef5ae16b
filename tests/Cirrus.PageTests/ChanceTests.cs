using System.Text.Json;

namespace Cirrus.PageTests;

/// <summary>The line of chance and the stacks, on queries of the gallery that have them: which these are, the server is asked.</summary>
public sealed class ChanceTests(Site site) : PageTest(site)
{
    private const int Page = 60;

    [Theory]
    [InlineData("light"), InlineData("dark"), InlineData("320")]
    public async Task Hits_below_the_line_of_chance_go_on_beneath_it_dimmed(string look)
    {
        (string query, int above) = await QueryAsync();
        IPage page = await OpenAsync(query, look);
        await LookAsync(page, "line", look, p => p.Locator(".cutline").WaitForAsync());
        Assert.Equal(above, await page.Locator(".tile:not(.beneath)").CountAsync());
        Assert.True(await page.Locator(".tile.beneath").CountAsync() > 0);
        Assert.Contains("below the line of chance",
            await page.Locator(".tile.beneath .frame").First.GetAttributeAsync("aria-label"), StringComparison.Ordinal);
        Assert.Equal("", await page.EvaluateAsync<string>("""
            () => {
              const line = document.querySelector('.cutline').getBoundingClientRect();
              for (const tile of document.querySelectorAll('.tile')) {
                const box = tile.getBoundingClientRect(), beneath = tile.classList.contains('beneath');
                if (beneath ? box.top < line.bottom : box.bottom > line.top) return `${tile.dataset.id} is on the wrong side of the line`;
                if (beneath && !(getComputedStyle(tile.querySelector('img')).opacity < 1)) return `${tile.dataset.id} is not dimmed`;
              }
              return '';
            }
            """));
        await page.Locator("#details-toggle").ClickAsync();
        await page.GetByRole(AriaRole.Switch, new() { Name = "Line of chance" }).UncheckAsync();
        await page.Locator(".cutline").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        Assert.Equal(0, await page.Locator(".tile.beneath").CountAsync());
    }

    [Theory]
    [InlineData("light"), InlineData("dark"), InlineData("320")]
    public async Task Near_equal_pictures_are_one_stack_that_the_panel_spreads_out(string look)
    {
        (string words, long[] alike) = await StackAsync();
        IPage page = await OpenAsync($"?q={Uri.EscapeDataString(words)}", look);
        ILocator stack = page.Locator(string.Join(", ", alike.Select(id => $".tile.stacked[data-id='{id}']")));
        await LookAsync(page, "stack", look, _ => stack.WaitForAsync());
        Assert.Equal($"{alike.Length} alike", await stack.Locator(".stack-count").TextContentAsync());
        Assert.Equal(1, await page.Locator(string.Join(", ", alike.Select(id => $".tile[data-id='{id}']"))).CountAsync());
        string top = (await stack.GetAttributeAsync("data-id"))!;
        await stack.Locator(".frame").ClickAsync();
        ILocator others = page.Locator(".panel .stack-row button");
        await others.First.WaitForAsync();
        Assert.Equal(alike.Length - 1, await others.CountAsync());
        await others.First.ClickAsync();
        await Until(page, "top => { const id = new URL(location).searchParams.get('hit'); return id !== null && id !== top; }", top);
        string other = await page.EvaluateAsync<string>("new URL(location).searchParams.get('hit')");
        Assert.Contains(long.Parse(other, System.Globalization.CultureInfo.InvariantCulture), alike);
        await Until(page, "id => document.querySelector('.panel .view img')?.src.includes(`/items/${id}/`)", other);
    }

    [Fact]
    public async Task Unfolded_duplicates_are_hits_of_their_own()
    {
        (string words, long[] alike) = await StackAsync();
        IPage page = await AskAsync($"?q={Uri.EscapeDataString(words)}");
        await page.Locator(".tile.stacked").First.WaitForAsync();
        await page.Locator("#details-toggle").ClickAsync();
        await page.GetByRole(AriaRole.Switch, new() { Name = "Fold duplicates" }).UncheckAsync();
        foreach (long id in alike)
            await page.Locator($".tile[data-id='{id}']").WaitForAsync();
        Assert.Equal(0, await page.Locator(".tile.stacked").CountAsync());
    }

    /// <summary>A composed query whose first page has hits above its line and hits below it.</summary>
    private async Task<(string Query, int Above)> QueryAsync()
    {
        Need();
        foreach (JsonElement start in (await Site.SearchAsync($$"""{"text":"a picture","method":"text","top":{{Page}}}"""))
            .GetProperty("hits").EnumerateArray())
        {
            long id = start.GetProperty("id").GetInt64();
            JsonElement answer = await Site.SearchAsync($$"""{"images":[{"id":{{id}}}],"text":"is at night","top":{{Page}},"foldDuplicates":true}""");
            if (!answer.TryGetProperty("cutScore", out JsonElement cut) || cut.ValueKind != JsonValueKind.Number)
                continue;
            float[] scores = [.. answer.GetProperty("hits").EnumerateArray().Select(h => h.GetProperty("score").GetSingle())];
            int above = scores.Count(s => s >= cut.GetSingle());
            if (above > 0 && above < scores.Length)
                return ($"?q=is+at+night&p={id}", above);
        }
        throw Lacking("no query of this gallery has such a line");
    }

    /// <summary>Words whose first hits have a stack with a JPEG and the picture that it was made from.</summary>
    private async Task<(string Words, long[] Alike)> StackAsync()
    {
        Need();
        JsonElement groups = (await Site.GetAsync($"v1/galleries/{await Site.GalleryAsync()}/duplicates?top=1000")).GetProperty("groups");
        foreach (JsonElement group in groups.EnumerateArray())
        {
            JsonElement[] items = [.. group.GetProperty("items").EnumerateArray()];
            if (!items.Any(i => i.GetProperty("path").GetString()!.EndsWith(".jpg", StringComparison.Ordinal)))
                continue;
            string original = items.Select(i => i.GetProperty("path").GetString()!).First(p => p.EndsWith(".png", StringComparison.Ordinal));
            string words = string.Join(' ', Path.GetFileNameWithoutExtension(original).Split('-', StringSplitOptions.RemoveEmptyEntries).Skip(1));
            return (words, [.. items.Select(i => i.GetProperty("id").GetInt64())]);
        }
        throw Lacking("this gallery has no picture that is there as a JPEG too");
    }

    /// <summary>A failure on the gallery that the tests make; on another's server the test is skipped.</summary>
    private static InvalidOperationException Lacking(string what)
    {
        Assert.SkipWhen(Site.IsGiven, what);
        return new(what);
    }
}
