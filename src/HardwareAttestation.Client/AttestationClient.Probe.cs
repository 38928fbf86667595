using HardwareAttestation.Client.Commands;

namespace HardwareAttestation.Client;

/// <content>What a health check asks.</content>
public sealed partial class AttestationClient
{
    /// <summary>Asks whether the TPM answers, with one short command (TPM2_GetCapability): for health checks. It waits for the operation that runs, if one does.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>A task that ends when the TPM has answered.</returns>
    /// <exception cref="TpmCommandException">The TPM refused: it is in failure mode, for instance.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task ProbeAsync(CancellationToken cancellationToken = default) => RunAsync(
        ClientOperation.Probe,
        async (channel, cancel) => await channel.ExecuteAsync<GetTpmPropertiesCommand, CapabilityResponse<TpmsTaggedProperty>>(
            new(TpmPt.FamilyIndicator, 1), cancel).ConfigureAwait(false),
        cancellationToken);
}
