using Cirrus.Server.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Cirrus.Server.Routes;

/// <summary>What OpenAPI is told.</summary>
internal static class RouteDocs
{
    public static RouteHandlerBuilder Problems(this RouteHandlerBuilder route, params ReadOnlySpan<int> statuses)
    {
        foreach (int status in statuses)
            route.Produces<Problem>(status, "application/problem+json");
        return route;
    }
}
