using System.Collections.Concurrent;
using System.Globalization;
using Cirrus.Server.Api;
using Cirrus.Server.Errors;
using Cirrus.Server.Galleries;
using Cirrus.Tensors;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cirrus.Server.Jobs;

/// <summary>All jobs. At the end running ones are told to stop, and keep what they have done.</summary>
internal sealed partial class JobBoard(IHostApplicationLifetime lifetime, ILogger<JobBoard> log) : IHostedService, IDisposable
{
    private const int Kept = 100;
    private readonly ConcurrentDictionary<string, Job> _jobs = new();
    private readonly Lock _starting = new();
    private int _last;

    /// <exception cref="ApiException">There is none.</exception>
    public Job Find(string id) => _jobs.GetValueOrDefault(id) ?? throw ApiException.NotFound("unknown_job",
        $"There is no job '{id}'.", "jobs are started by POST /v1/galleries/{gallery}/refresh");

    /// <summary>The job that runs on a gallery.</summary>
    public Job? Running(GalleryService gallery) => _jobs.Values.FirstOrDefault(j => j.Info.Gallery == gallery.Name && !j.Ended);

    /// <summary>Starts to bring a gallery up to date, or gives the job that does already.</summary>
    public Job Refresh(GalleryService gallery, double megapixels)
    {
        lock (_starting)
        {
            if (Running(gallery) is { } running)
                return running;
            Job job = new(string.Create(CultureInfo.InvariantCulture, $"{++_last}"), gallery.Name, "refresh", lifetime.ApplicationStopping);
            _jobs[job.Info.Id] = job;
            foreach (Job old in _jobs.Values.Where(j => j.Ended).OrderByDescending(j => j.Info.Ended).Skip(Kept))
                if (_jobs.TryRemove(old.Info.Id, out Job? removed))
                    removed.Dispose();
            job.Work = Task.Run(() => RunAsync(job, gallery, megapixels));
            return job;
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(_jobs.Values.Select(j => j.Work)).WaitAsync(cancellationToken);

    public void Dispose()
    {
        foreach (Job job in _jobs.Values)
            job.Dispose();
    }

    private async Task RunAsync(Job job, GalleryService gallery, double megapixels)
    {
        try
        {
            Retriever retriever = await gallery.RetrieverAsync(job.Cancelled);
            IndexSummary done = await gallery.WriteAsync(writer => new Indexer(writer, retriever.Encoder.Clip, new(MaxMegapixels: megapixels))
                .Run(job.Progress, job.Cancelled), job.Cancelled);
            job.End(done.Interrupted ? "cancelled" : "done", RefreshSummary.Of(done));
        }
        catch (OperationCanceledException)
        {
            job.End("cancelled");
        }
        catch (ApiException e)
        {
            job.End("failed", error: e.Message, hint: e.Hint);
        }
        catch (CirrusException e)
        {
            job.End("failed", error: e.Message, hint: e.Hint);
        }
#pragma warning disable CA1031 // this is the server's door for jobs
        catch (Exception e)
#pragma warning restore CA1031
        {
            Bug(log, job.Info.Id, e);
            job.End("failed", error: "Something went wrong that should not.", hint: "this is a bug in cirrus; the server's log says more");
        }
    }

    [LoggerMessage(LogLevel.Error, "Job {Id} failed")]
    private static partial void Bug(ILogger log, string id, Exception e);
}
