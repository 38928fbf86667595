using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;

namespace HardwareAttestation.Client;

/// <summary>One property of the TPM.</summary>
internal static class TpmProperty
{
    /// <summary>Asks for it.</summary>
    /// <returns>The value, or null if the TPM does not have the property.</returns>
    public static async ValueTask<uint?> QueryAsync(TpmChannel channel, TpmPt property, CancellationToken cancellationToken)
    {
        CapabilityResponse<TpmsTaggedProperty> response = await channel.ExecuteAsync<GetTpmPropertiesCommand, CapabilityResponse<TpmsTaggedProperty>>(
            new(property, 1), cancellationToken).ConfigureAwait(false);
        return response.Values is [{ } first, ..] && first.Property == property ? first.Value : null;
    }
}
