using System.Text.Json;
using Cirrus.Server.Api;
using Cirrus.Server.Jobs;

namespace Cirrus.Tests.Server;

public sealed class JobTests
{
    [Fact]
    public void A_job_says_what_it_found_and_which_folders_it_could_not_read()
    {
        using Job job = new("1", "photos", "refresh", CancellationToken.None);
        IndexSummary done = new(1, 2, 3, 4, 5, [new("empty.png", 0, 0, "it is empty"), new("mine.png", 1, 1, "forgotten on request")], [new("shut", 2), new("2019/inner", 0)], false);
        job.End("done", RefreshSummary.Of(done));
        using JsonDocument json = JsonDocument.Parse(JsonSerializer.Serialize(job.Info, ApiJson.Ours.JobInfo));
        Assert.Equal("""{"new":1,"changed":2,"moved":3,"gone":4,"unchanged":5,"unreadable":1,"unreadFolders":[{"path":"shut","kept":2},{"path":"2019/inner","kept":0}]}""",
            json.RootElement.GetProperty("summary").GetRawText());
    }

    // Also one that is asked for when the server ends already: nobody would wait for it.
    [Fact]
    public void The_end_of_the_server_cancels_a_job_whenever_it_began()
    {
        using CancellationTokenSource server = new();
        using Job before = new("1", "photos", "refresh", server.Token);
        Assert.False(before.Cancelled.IsCancellationRequested);
        server.Cancel();
        using Job after = new("2", "photos", "refresh", server.Token);
        Assert.True(before.Cancelled.IsCancellationRequested && after.Cancelled.IsCancellationRequested);
    }
}
