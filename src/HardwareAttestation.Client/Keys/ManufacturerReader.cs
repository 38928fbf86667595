using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;

namespace HardwareAttestation.Client;

/// <summary>Who made the TPM (TPM_PT_MANUFACTURER), asked once.</summary>
internal sealed class ManufacturerReader
{
    private readonly TpmChannel _channel;
    private uint? _manufacturer;

    public ManufacturerReader(TpmChannel channel) => _channel = channel;

    /// <summary>Gives the four characters as a number, big-endian; zero if the TPM does not say.</summary>
    public async ValueTask<uint> QueryAsync(CancellationToken cancellationToken) => _manufacturer ??=
        await TpmProperty.QueryAsync(_channel, TpmPt.Manufacturer, cancellationToken).ConfigureAwait(false) ?? 0;
}
