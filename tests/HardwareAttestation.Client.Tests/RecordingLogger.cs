using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace HardwareAttestation.Client.Tests;

/// <summary>Keeps every line that is logged, whatever its level.</summary>
internal sealed class RecordingLogger<T> : ILogger<T>
{
    private readonly ConcurrentQueue<LogLine> _lines = new();

    internal IReadOnlyList<LogLine> Lines => [.. _lines];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue(new LogLine(logLevel, eventId.Id, formatter(state, exception), exception));
}

internal sealed record LogLine(LogLevel Level, int Id, string Text, Exception? Exception);
