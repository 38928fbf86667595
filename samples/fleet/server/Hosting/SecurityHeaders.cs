namespace Fleet.Server.Hosting;

/// <summary>Tells browsers that the page loads nothing from elsewhere, is shown in no other page, and that no answer of the API is kept.</summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public Task InvokeAsync(HttpContext context)
    {
        // Set last: whoever answers with a problem clears the headers first.
        context.Response.OnStarting(
            static state =>
            {
                HttpContext context = (HttpContext)state;
                IHeaderDictionary headers = context.Response.Headers;
                headers.ContentSecurityPolicy = Policy;
                headers.XContentTypeOptions = "nosniff";
                headers.XFrameOptions = "DENY";
                headers["Referrer-Policy"] = "no-referrer";
                headers["Cross-Origin-Opener-Policy"] = "same-origin";
                headers["Cross-Origin-Resource-Policy"] = "same-origin";
                if (context.Request.IsHttps)
                {
                    headers.StrictTransportSecurity = "max-age=31536000";
                }

                // The page's files have tags by which they are asked for again.
                headers.CacheControl = headers.ETag.Count > 0 ? "no-cache" : "no-store";
                return Task.CompletedTask;
            },
            context);
        return next(context);
    }
}
