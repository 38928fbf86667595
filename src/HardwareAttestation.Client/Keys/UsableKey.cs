using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>A key at a handle of the TPM. A transient one is flushed when it is disposed; a persistent one stays.</summary>
internal sealed class UsableKey : IAsyncDisposable
{
    private readonly TpmChannel _channel;
    private readonly KeyRole _role;
    private TpmName? _name;

    public UsableKey(TpmChannel channel, KeyRole role, TpmHandle handle, TpmtPublic publicArea)
    {
        _channel = channel;
        _role = role;
        Handle = handle;
        Public = publicArea;
    }

    public TpmHandle Handle { get; }

    public TpmEntity Entity => new(Handle, _name ??= Public.ComputeName());

    public TpmtPublic Public { get; }

    /// <summary>Says that the key cannot be used: whose fault it is depends on which key it is.</summary>
    public HardwareAttestationException Refuse(string fault)
    {
        string message = $"TPM device {_channel.DeviceName} gives a key at handle {Handle} to which no session can be salted: {fault}";
        return _role switch
        {
            KeyRole.Endorsement => new EndorsementKeyException(message),
            KeyRole.StorageRoot => new TpmKeyException(message, TpmKeyFault.UnusableParent),
            _ => new TpmDeviceException(_channel.DeviceName, $"the key that was made to salt a session, at handle {Handle}, is none: {fault}"),
        };
    }

    public ValueTask DisposeAsync() => Handle.IsTransient ? _channel.FlushAsync(Handle) : ValueTask.CompletedTask;
}

/// <summary>What a key is to the client.</summary>
internal enum KeyRole
{
    /// <summary>The machine's endorsement key.</summary>
    Endorsement,

    /// <summary>A storage root key.</summary>
    StorageRoot,

    /// <summary>A key that is made for one session.</summary>
    Salt,
}
