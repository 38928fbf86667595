using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>Reads any number of PCRs: a TPM gives at most eight at a time.</summary>
internal static class PcrReader
{
    /// <summary>Reads PCRs.</summary>
    /// <returns>The values in the order of the selection.</returns>
    /// <exception cref="TpmDeviceException">The TPM lacks a bank or a PCR that was asked for.</exception>
    public static async Task<IReadOnlyList<PcrValue>> ReadAsync(
        TpmChannel channel, TpmlPcrSelection selection, CancellationToken cancellationToken)
    {
        Dictionary<(TpmAlgId Bank, int Pcr), PcrValue> values = [];
        for (TpmlPcrSelection left = selection; left.Count > 0; left = Without(left, values))
        {
            PcrReadResponse response = await channel.ExecuteAsync<PcrReadCommand, PcrReadResponse>(new(left), cancellationToken).ConfigureAwait(false);
            if (!TryAdd(response, left, values))
            {
                throw new TpmDeviceException(channel.DeviceName, $"the TPM does not have the PCRs {left}: ask for banks and PCRs that it has.");
            }
        }

        return [.. selection.SelectMany(bank => bank.Pcrs.Select(pcr => values[(bank.Hash, pcr)]))];
    }

    private static bool TryAdd(PcrReadResponse response, TpmlPcrSelection asked, Dictionary<(TpmAlgId Bank, int Pcr), PcrValue> values)
    {
        int next = 0;
        foreach (TpmsPcrSelection bank in response.PcrSelectionOut)
        {
            foreach (int pcr in bank.Pcrs)
            {
                if (next == response.PcrValues.Length
                    || !asked.Any(askedBank => askedBank.Hash == bank.Hash && askedBank.Contains(pcr))
                    || !values.TryAdd((bank.Hash, pcr), new PcrValue(bank.Hash, pcr, response.PcrValues[next])))
                {
                    return false;
                }

                next++;
            }
        }

        return next > 0 && next == response.PcrValues.Length;
    }

    private static TpmlPcrSelection Without(TpmlPcrSelection selection, Dictionary<(TpmAlgId Bank, int Pcr), PcrValue> values) =>
        new(selection
            .Select(bank => new TpmsPcrSelection(bank.Hash, [.. bank.Pcrs.Where(pcr => !values.ContainsKey((bank.Hash, pcr)))]))
            .Where(bank => bank.Count > 0));
}
