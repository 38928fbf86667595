using System.Data.Common;
using Fleet.Server.Storage;
using Microsoft.AspNetCore.Diagnostics;

namespace Fleet.Server.Endpoints;

/// <summary>Turns what was thrown into a problem. Nothing that was thrown is ever an answer that a machine is verified.</summary>
internal sealed class FailureHandler(ILogger<FailureHandler> logger) : IExceptionHandler
{
    /// <summary>After how many seconds it is worth to ask again.</summary>
    public const int RetryAfterSeconds = 5;

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to read it.
            httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        await Describe(exception).ExecuteAsync(httpContext);
        return true;
    }

    private Problem Describe(Exception exception)
    {
        switch (exception)
        {
            case ProblemException known:
                return known.Problem;
            case BadHttpRequestException bad:
                return Problem.Of(bad.StatusCode);
            case StorageException or DbException:
                FleetLog.StorageFailed(logger, exception.Message);
                return Problem.Of(StatusCodes.Status503ServiceUnavailable, "The storage does not answer.", RetryAfterSeconds);
            default:
                FleetLog.Failed(logger, exception);
                return Problem.Of(StatusCodes.Status500InternalServerError);
        }
    }
}
