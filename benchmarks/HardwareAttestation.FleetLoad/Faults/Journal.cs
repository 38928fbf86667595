using System.Collections.Concurrent;
using HardwareAttestation.FleetLoad.Http;
using HardwareAttestation.FleetLoad.Machines;

namespace HardwareAttestation.FleetLoad.Faults;

/// <summary>What agents were told, in their own keeping: whatever the server says afterwards is held against it.</summary>
internal sealed class Journal
{
    private readonly ConcurrentDictionary<SoftwareMachine, bool> _enrolled = new();
    private readonly ConcurrentDictionary<SoftwareMachine, uint> _attested = new();
    private readonly ConcurrentDictionary<string, int> _redemptions = new(StringComparer.Ordinal);
    private int _pairs;
    private int _unreached;
    private int _verified;

    /// <summary>Machines that were told that they are enrolled.</summary>
    public IEnumerable<SoftwareMachine> Enrolled => _enrolled.Keys;

    /// <summary>The reset counter of the last boot that a machine was told is attested.</summary>
    public IEnumerable<KeyValuePair<SoftwareMachine, uint>> Attested => _attested;

    /// <summary>Answers that were given to two servers, or twice to one, at once.</summary>
    public int Pairs => _pairs;

    /// <summary>Calls that got no answer.</summary>
    public int Unreached => _unreached;

    /// <summary>Attestations that a machine was told are verified.</summary>
    public int Verified => _verified;

    /// <summary>Challenges of which more than one answer was accepted.</summary>
    public IEnumerable<string> RedeemedTwice => _redemptions.Where(entry => entry.Value > 1).Select(entry => entry.Key);

    /// <summary>What else was answered: by step, status and checks.</summary>
    public Tally Others { get; } = new();

    public void AddEnrolled(SoftwareMachine machine, string challengeId)
    {
        AddRedeemed(challengeId);
        _enrolled[machine] = true;
    }

    public void AddAttested(SoftwareMachine machine, string challengeId)
    {
        AddRedeemed(challengeId);
        _attested[machine] = machine.ResetCount;
        Interlocked.Increment(ref _verified);
    }

    public void AddPair() => Interlocked.Increment(ref _pairs);

    public void AddUnreached() => Interlocked.Increment(ref _unreached);

    public void AddOther(string step, Answer answer) => Others.Add($"{step} {answer}");

    private void AddRedeemed(string challengeId) => _redemptions.AddOrUpdate(challengeId, 1, (_, count) => count + 1);
}
