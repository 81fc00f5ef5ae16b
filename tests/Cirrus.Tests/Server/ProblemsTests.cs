using Cirrus.Server.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cirrus.Tests.Server;

public sealed class ProblemsTests
{
    // A page that is closed while it watches a job.
    [Theory, InlineData(true, 200), InlineData(false, 499)]
    public async Task Who_goes_away_in_the_middle_of_an_answer_is_no_bug(bool started, int status)
    {
        DefaultHttpContext http = new() { RequestAborted = new(canceled: true) };
        http.Features.Set<IHttpResponseFeature>(new Response(started));
        await new Problems(NullLogger<Problems>.Instance).Invoke(http, _ => throw new OperationCanceledException());
        Assert.Equal(status, http.Response.StatusCode);
    }

    /// <summary>As the server's own: what has been sent cannot be changed.</summary>
    private sealed class Response(bool started) : IHttpResponseFeature
    {
        private int _status = 200;

        public int StatusCode
        {
            get => _status;
            set => _status = !started ? value : throw new InvalidOperationException("The response has started.");
        }

        public string? ReasonPhrase { get; set; }

        public IHeaderDictionary Headers { get; set; } = new HeaderDictionary();

        public Stream Body { get; set; } = Stream.Null;

        public bool HasStarted => started;

        public void OnStarting(Func<object, Task> callback, object state)
        {
        }

        public void OnCompleted(Func<object, Task> callback, object state)
        {
        }
    }
}
