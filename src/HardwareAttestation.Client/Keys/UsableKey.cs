using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>A key at a handle of the TPM. A transient one is flushed when it is disposed; a persistent one stays.</summary>
internal sealed class UsableKey : IAsyncDisposable
{
    private readonly TpmChannel _channel;
    private TpmName? _name;

    public UsableKey(TpmChannel channel, TpmHandle handle, TpmtPublic publicArea)
    {
        _channel = channel;
        Handle = handle;
        Public = publicArea;
    }

    public TpmHandle Handle { get; }

    public TpmEntity Entity => new(Handle, _name ??= Public.ComputeName());

    public TpmtPublic Public { get; }

    public ValueTask DisposeAsync() => Handle.IsTransient ? _channel.FlushAsync(Handle) : ValueTask.CompletedTask;
}
