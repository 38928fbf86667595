using System.Text.Json;
using HardwareAttestation.FleetLoad.Http;
using HardwareAttestation.FleetLoad.Machines;

namespace HardwareAttestation.FleetLoad.Faults;

/// <summary>Compares what a server knows with what agents were told.</summary>
internal sealed class FaultJudge(OperatorApi server, Journal journal)
{
    private readonly List<string> _lostEnrollments = [];
    private readonly List<string> _lostAttestations = [];
    private readonly List<string> _redeemedTwice = [];

    public IReadOnlyList<string> LostEnrollments => _lostEnrollments;

    public IReadOnlyList<string> LostAttestations => _lostAttestations;

    public IReadOnlyList<string> RedeemedTwice => _redeemedTwice;

    public async Task JudgeAsync()
    {
        HashSet<string> listed = await server.ListNodesAsync().ConfigureAwait(false);
        foreach (SoftwareMachine machine in journal.Enrolled)
        {
            using JsonDocument? device = await server.FindDeviceAsync(machine.NodeId).ConfigureAwait(false);
            string name = Convert.ToHexStringLower(machine.Tpm.AttestationKey.Public.ComputeName().Bytes.Span);
            if (!listed.Contains(machine.NodeId)
                || !string.Equals(device?.RootElement.GetProperty("attestationKeyName").GetString(), name, StringComparison.OrdinalIgnoreCase))
            {
                _lostEnrollments.Add(machine.NodeId);
            }
        }

        foreach ((SoftwareMachine machine, uint resetCount) in journal.Attested)
        {
            using JsonDocument? device = await server.FindDeviceAsync(machine.NodeId).ConfigureAwait(false);
            if (device is null || device.RootElement.GetProperty("resetCount").GetUInt32() < resetCount)
            {
                _lostAttestations.Add(machine.NodeId);
            }

            // A machine restarts before each challenge: no two of its challenges are answered in one boot, whether it got to know of the verdict or not.
            foreach ((uint boot, long attestations) in await server.GetBootsAsync(machine.NodeId).ConfigureAwait(false))
            {
                if (attestations > 1)
                {
                    _redeemedTwice.Add($"{machine.NodeId} boot {boot}");
                }
            }
        }

        _redeemedTwice.AddRange(journal.RedeemedTwice);
    }
}
