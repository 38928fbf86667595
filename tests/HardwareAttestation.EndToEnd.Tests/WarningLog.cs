using System.Collections.Concurrent;
using HardwareAttestation.Client;
using Microsoft.Extensions.Logging;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>Keeps the lines that are warnings, or worse.</summary>
internal sealed class WarningLog : ILogger<AttestationClient>
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => [.. _lines];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue(formatter(state, exception));
}
