namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>A clock that moves when a test moves it.</summary>
internal sealed class ManualTime : TimeProvider
{
    // Ahead of the machine's, so that certificates that are issued after the test has begun are valid already.
    private DateTimeOffset _now = System.GetUtcNow() + TimeSpan.FromHours(1);

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan time) => _now += time;
}
