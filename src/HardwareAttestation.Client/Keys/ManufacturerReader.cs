using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>Who made the TPM (TPM_PT_MANUFACTURER), asked once.</summary>
internal sealed class ManufacturerReader
{
    private readonly TpmChannel _channel;
    private TpmManufacturerId? _manufacturer;

    public ManufacturerReader(TpmChannel channel) => _channel = channel;

    /// <summary>Gives the maker; zero if the TPM does not say.</summary>
    public async ValueTask<TpmManufacturerId> QueryAsync(CancellationToken cancellationToken) => _manufacturer ??=
        new TpmManufacturerId(await TpmProperty.QueryAsync(_channel, TpmPt.Manufacturer, cancellationToken).ConfigureAwait(false) ?? 0);
}
