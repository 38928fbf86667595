using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Fleet.Server.Endpoints;

/// <summary>Reads messages as strictly as their own JSON context does, which the web framework's options would not.</summary>
internal static class RequestBody
{
    /// <exception cref="ProblemException">It is not JSON, or not this message.</exception>
    public static async Task<T> ReadBodyAsync<T>(this HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        if (!context.Request.HasJsonContentType())
        {
            throw new ProblemException(Problem.Of(StatusCodes.Status415UnsupportedMediaType));
        }

        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted)
                ?? throw new ProblemException(Problem.Malformed("The message is null."));
        }
        catch (JsonException exception)
        {
            throw new ProblemException(Problem.Malformed($"The message is not what it should be, at {exception.Path ?? "its beginning"} in line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}."));
        }
    }

    /// <summary>The same, for a message that may be left out.</summary>
    /// <exception cref="ProblemException">It is not JSON, or not this message.</exception>
    public static async Task<T?> ReadOptionalBodyAsync<T>(this HttpContext context, JsonTypeInfo<T> type)
        where T : class =>
        context.Request.ContentLength is null or 0 && context.Request.ContentType is null ? null : await context.ReadBodyAsync(type);
}
