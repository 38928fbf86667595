using System.Buffers.Binary;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Fleet.Tests.Agent;

/// <summary>A TPM that refuses one command and carries out all others.</summary>
internal sealed class RefusingDevice(ITpmDevice device, TpmCommandCode refused, uint responseCode) : ITpmDevice
{
    private const int HeaderSize = 10;
    private const int CodeOffset = 6;

    public string Name => device.Name;

    public bool HasResourceManager => device.HasResourceManager;

    public ValueTask<int> ExecuteAsync(ReadOnlyMemory<byte> command, Memory<byte> response, CancellationToken cancellationToken = default)
    {
        if (BinaryPrimitives.ReadUInt32BigEndian(command.Span[CodeOffset..]) != (uint)refused)
        {
            return device.ExecuteAsync(command, response, cancellationToken);
        }

        // TPM_ST_NO_SESSIONS, as every error has.
        BinaryPrimitives.WriteUInt16BigEndian(response.Span, 0x8001);
        BinaryPrimitives.WriteUInt32BigEndian(response.Span[2..], HeaderSize);
        BinaryPrimitives.WriteUInt32BigEndian(response.Span[CodeOffset..], responseCode);
        return ValueTask.FromResult(HeaderSize);
    }

    public ValueTask DisposeAsync() => device.DisposeAsync();
}
