using System.Diagnostics.CodeAnalysis;

namespace HardwareAttestation.Verifier;

/// <summary>What a fetch gave: a value, or a fault.</summary>
/// <param name="Value">What was fetched; null if nothing was.</param>
/// <param name="Fault">What went wrong, as the rest of a sentence; null if nothing did.</param>
internal sealed record FetchResult<T>(T? Value, string? Fault)
    where T : class
{
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Fault))]
    public bool HasValue => Value is not null;

    /// <summary>Until when it is used again.</summary>
    public DateTimeOffset KeptUntil { get; init; }

    /// <summary>How much memory it takes, in bytes, about.</summary>
    public long Size { get; init; }

    public static FetchResult<T> Of(T value) => new(value, null);

    public static FetchResult<T> Failed(string fault) => new(null, fault);
}
