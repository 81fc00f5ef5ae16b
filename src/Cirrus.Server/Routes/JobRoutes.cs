using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Cirrus.Server.Api;
using Cirrus.Server.Galleries;
using Cirrus.Server.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Cirrus.Server.Routes;

/// <summary>Indexing in the background, and how far it is.</summary>
internal static class JobRoutes
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(200);

    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapPost("/galleries/{gallery}/refresh", Refresh).WithName("refreshGallery")
            .WithSummary("Index what is new or changed; the job that runs already is given where there is one.")
            .WithTags("Jobs").Problems(404, 409);
        v1.MapGet("/jobs/{id}", Get).WithName("getJob").WithSummary("How far a job is.").WithTags("Jobs").Problems(404);
        v1.MapGet("/jobs/{id}/events", Events).WithName("watchJob")
            .WithSummary("How far a job is, as server-sent events: progress, and at the end done.").WithTags("Jobs")
            .Produces<JobInfo>(200, "text/event-stream").Problems(404);
        v1.MapDelete("/jobs/{id}", Cancel).WithName("cancelJob").WithSummary("Stop a job; what it has done is kept.").WithTags("Jobs").Problems(404);
    }

    private static Accepted<JobInfo> Refresh(string gallery, GalleryHost galleries, JobBoard jobs, ServerOptions options)
    {
        GalleryService g = galleries.Find(gallery);
        g.RequireWritable();
        JobInfo job = jobs.Refresh(g, options.Limits.Megapixels).Info;
        return TypedResults.Accepted($"/v1/jobs/{job.Id}", job);
    }

    private static Ok<JobInfo> Get(string id, JobBoard jobs) => TypedResults.Ok(jobs.Find(id).Info);

    private static Accepted<JobInfo> Cancel(string id, JobBoard jobs)
    {
        Job job = jobs.Find(id);
        if (!job.Ended)
            job.Cancel();
        return TypedResults.Accepted($"/v1/jobs/{id}", job.Info);
    }

    private static ServerSentEventsResult<JobInfo> Events(string id, JobBoard jobs, CancellationToken stop) =>
        TypedResults.ServerSentEvents(Watch(jobs.Find(id), stop));

    private static async IAsyncEnumerable<SseItem<JobInfo>> Watch(Job job, [EnumeratorCancellation] CancellationToken stop)
    {
        for (JobInfo? told = null; ; await Task.Delay(Every, stop))
        {
            JobInfo now = job.Info;
            if (now != told)
                yield return new(now, now.Ended is null ? "progress" : "done");
            if (now.Ended is not null)
                yield break;
            told = now;
        }
    }
}
