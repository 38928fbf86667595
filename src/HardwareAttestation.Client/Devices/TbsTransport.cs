using System.Runtime.Versioning;

namespace HardwareAttestation.Client;

/// <summary>Windows' TPM Base Services, which share the TPM between processes.</summary>
[SupportedOSPlatform("windows")]
internal sealed class TbsTransport : ITpmTransport
{
    public string Name => DeviceString.Tbs;

    public bool HasResourceManager => true;

    public bool NeedsStartup => false;

    public ValueTask<TpmLink> ConnectAsync(CancellationToken abort)
    {
        TbsNative.ContextParameters parameters = new(TbsNative.Version20, TbsNative.IncludeTpm20);
        uint result = TbsNative.CreateContext(parameters, out nint context);
        return result == 0
            ? new(new TbsLink(context))
            : throw new TpmDeviceException(Name, $"no context could be created: {new TpmResponseCode(result)}");
    }
}
