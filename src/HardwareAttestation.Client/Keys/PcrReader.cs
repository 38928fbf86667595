using System.Runtime.CompilerServices;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>Reads any number of PCRs: a TPM gives at most eight at a time.</summary>
internal static class PcrReader
{
    /// <summary>Reads PCRs.</summary>
    /// <returns>The values in the order of the selection.</returns>
    /// <exception cref="TpmPcrException">The TPM lacks a bank or a PCR that was asked for.</exception>
    /// <exception cref="TpmDeviceException">The TPM gave others than it was asked for.</exception>
    public static Task<IReadOnlyList<PcrValue>> ReadAsync(TpmChannel channel, TpmlPcrSelection selection, CancellationToken cancellationToken) =>
        ReadValuesAsync(channel, selection, cancellationToken).AsTask();

    /// <inheritdoc cref="ReadAsync"/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<IReadOnlyList<PcrValue>> ReadValuesAsync(
        TpmChannel channel, TpmlPcrSelection selection, CancellationToken cancellationToken)
    {
        if (selection.Count == 0)
        {
            return [];
        }

        // Up to eight PCRs come at once, which is what most ask for.
        PcrReadResponse response = await ReadOnceAsync(channel, selection, cancellationToken).ConfigureAwait(false);
        return response.IsAllOf(selection)
            ? new PcrValueList(selection, response)
            : await ReadRestAsync(channel, selection, response, cancellationToken).ConfigureAwait(false);
    }

    private static ValueTask<PcrReadResponse> ReadOnceAsync(TpmChannel channel, TpmlPcrSelection selection, CancellationToken cancellationToken) =>
        channel.ExecuteAsync<PcrReadCommand, PcrReadResponse>(new(selection), cancellationToken);

    private static async Task<IReadOnlyList<PcrValue>> ReadRestAsync(
        TpmChannel channel, TpmlPcrSelection selection, PcrReadResponse response, CancellationToken cancellationToken)
    {
        Dictionary<(TpmAlgId Bank, int Pcr), PcrValue> values = [];
        for (TpmlPcrSelection left = selection; ; response = await ReadOnceAsync(channel, left, cancellationToken).ConfigureAwait(false))
        {
            if (response.Count == 0 && response.PcrSelectionOut.All(bank => bank.Count == 0))
            {
                throw new TpmPcrException($"TPM device {channel.DeviceName} does not have the PCRs {left}: ask for banks and PCRs that it has.");
            }

            if (!TryAdd(response, left, values))
            {
                throw new TpmDeviceException(channel.DeviceName, $"TPM2_PCR_Read was asked for the PCRs {left}, and gave others or gave one twice.");
            }

            left = Without(left, values);
            if (left.Count == 0)
            {
                return [.. selection.SelectMany(bank => bank.Pcrs.Select(pcr => values[(bank.Hash, pcr)]))];
            }
        }
    }

    private static bool TryAdd(PcrReadResponse response, TpmlPcrSelection asked, Dictionary<(TpmAlgId Bank, int Pcr), PcrValue> values)
    {
        int next = 0;
        int position = 0;
        foreach (TpmsPcrSelection bank in response.PcrSelectionOut)
        {
            foreach (int pcr in bank.Pcrs)
            {
                if (next == response.Count
                    || !asked.Any(askedBank => askedBank.Hash == bank.Hash && askedBank.Contains(pcr))
                    || !values.TryAdd((bank.Hash, pcr), new PcrValue(bank.Hash, pcr, response.ReadValue(ref position))))
                {
                    return false;
                }

                next++;
            }
        }

        return next == response.Count;
    }

    private static TpmlPcrSelection Without(TpmlPcrSelection selection, Dictionary<(TpmAlgId Bank, int Pcr), PcrValue> values) =>
        new(selection
            .Select(bank => new TpmsPcrSelection(bank.Hash, [.. bank.Pcrs.Where(pcr => !values.ContainsKey((bank.Hash, pcr)))]))
            .Where(bank => bank.Count > 0));
}
