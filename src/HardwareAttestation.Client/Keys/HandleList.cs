using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>Asks which handles of a range are in use: one question for all, where probing would need one for each.</summary>
internal static class HandleList
{
    // TPMs give hundreds at a time. One that gives a handle each time could be asked tens of thousands of times.
    private const int MostRounds = 256;

    /// <summary>Lists them in ascending order.</summary>
    public static async Task<IReadOnlyList<TpmHandle>> ReadAsync(
        TpmChannel channel, TpmHandle first, TpmHandle last, CancellationToken cancellationToken)
    {
        List<TpmHandle> found = [];
        TpmHandle next = first;
        for (int round = 0; round < MostRounds; round++)
        {
            CapabilityResponse<TpmHandle> response = await channel.ExecuteAsync<GetHandlesCommand, CapabilityResponse<TpmHandle>>(new(next), cancellationToken).ConfigureAwait(false);
            found.AddRange(response.Values.Where(handle => handle.Value >= next.Value && handle.Value <= last.Value));

            // Every round asks for what lies behind the one before, whatever the response says.
            if (!response.HasMore || response.Values.Length == 0 || response.Values[^1].Value < next.Value || response.Values[^1].Value >= last.Value)
            {
                return found;
            }

            next = new TpmHandle(response.Values[^1].Value + 1);
        }

        throw new TpmDeviceException(
            channel.DeviceName, $"the TPM was asked {MostRounds} times which handles from {first} to {last} are in use, and says that there are more.");
    }
}
