using System.Buffers.Binary;

namespace HardwareAttestation.Client.Tests.Sessions;

/// <summary>A device that answers with what the test has prepared, for faults that no real TPM shows.</summary>
internal sealed class ScriptedTpm : ITpmDevice
{
    private readonly Queue<Func<byte[]>> _answers = new();

    internal List<byte[]> Commands { get; } = [];

    /// <summary>Where the caller wanted the last response.</summary>
    internal Memory<byte> LastBuffer { get; private set; }

    public string Name => "scripted";

    public bool HasResourceManager => false;

    public ValueTask<int> ExecuteAsync(ReadOnlyMemory<byte> command, Memory<byte> response, CancellationToken cancellationToken = default)
    {
        Commands.Add(command.ToArray());
        LastBuffer = response;
        byte[] answer = _answers.Dequeue()();
        answer.CopyTo(response);
        return ValueTask.FromResult(answer.Length);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal ScriptedTpm Answer(byte[] response)
    {
        _answers.Enqueue(() => response);
        return this;
    }

    internal ScriptedTpm Refuse(uint responseCode) => Answer(Response(0x8001, responseCode, []));

    internal ScriptedTpm Fail(Exception exception)
    {
        _answers.Enqueue(() => throw exception);
        return this;
    }

    /// <summary>A response with a true size.</summary>
    internal static byte[] Response(ushort tag, uint responseCode, byte[] body)
    {
        byte[] response = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. body];
        BinaryPrimitives.WriteUInt16BigEndian(response, tag);
        BinaryPrimitives.WriteInt32BigEndian(response.AsSpan(2), response.Length);
        BinaryPrimitives.WriteUInt32BigEndian(response.AsSpan(6), responseCode);
        return response;
    }
}
