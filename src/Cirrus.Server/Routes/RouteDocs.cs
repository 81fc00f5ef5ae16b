using Cirrus.Server.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace Cirrus.Server.Routes;

/// <summary>What is said of routes.</summary>
internal static class RouteDocs
{
    public static RouteHandlerBuilder Problems(this RouteHandlerBuilder route, params ReadOnlySpan<int> statuses)
    {
        foreach (int status in statuses)
            route.Produces<Problem>(status, "application/problem+json");
        return route;
    }

    /// <summary>
    /// What answers GET answers HEAD too, by the same head without its body; but no stream of events, whose head is all
    /// that it would say at once.
    /// </summary>
    public static void AlsoHead(this IEndpointConventionBuilder routes) => routes.Finally(endpoint =>
    {
        int at = endpoint.Metadata.ToList().FindIndex(m => m is IHttpMethodMetadata { HttpMethods: ["GET"] });
        if (at >= 0 && !endpoint.Metadata.OfType<IProducesResponseTypeMetadata>().Any(p => p.ContentTypes.Contains("text/event-stream")))
            endpoint.Metadata[at] = new HttpMethodMetadata(["GET", "HEAD"]);
    });
}
