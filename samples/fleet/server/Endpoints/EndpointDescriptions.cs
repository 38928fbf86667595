namespace Fleet.Server.Endpoints;

/// <summary>Says in the OpenAPI document what an endpoint takes, gives and refuses with.</summary>
internal static class EndpointDescriptions
{
    private const string Json = "application/json";

    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder endpoint, bool isOptional = false)
        where T : class => endpoint.Accepts<T>(isOptional, Json);

    public static RouteHandlerBuilder Gives<T>(this RouteHandlerBuilder endpoint)
        where T : class => endpoint.Produces<T>(StatusCodes.Status200OK, Json);

    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, params IEnumerable<int> statuses)
    {
        foreach (int status in statuses)
        {
            endpoint.Produces<Problem>(status, Problem.ContentType);
        }

        return endpoint;
    }
}
