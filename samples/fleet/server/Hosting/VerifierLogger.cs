using HardwareAttestation.Verifier;

namespace Fleet.Server.Hosting;

/// <summary>The verifier's logger, which writes only so many of the lines that one source can cause as it likes. What a TPM has proved is always written.</summary>
internal sealed class VerifierLogger(ILoggerFactory loggers, IHttpContextAccessor requests, LogLimit limit) : ILogger<AttestationVerifier>
{
    // The names of the verifier's events that come of what nobody has proved.
    private static readonly HashSet<string> OfStrangers = new(StringComparer.Ordinal) { "EnrollmentBegun", "NotEnrolled", "Refused" };

    private readonly ILogger _logger = loggers.CreateLogger<AttestationVerifier>();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => _logger.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => _logger.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)
            && (eventId.Name is not { } name || !OfStrangers.Contains(name) || requests.HttpContext is not { } request || limit.Allows(request.SourceNetwork())))
        {
            _logger.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
