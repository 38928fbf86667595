namespace HardwareAttestation.Benchmarks;

/// <summary>Keeps the commands that pass to another device, so that a baseline can send the very same bytes.</summary>
internal sealed class RecordingDevice(ITpmDevice inner) : DelegatingTpmDevice(inner)
{
    private List<byte[]>? _commands;

    public async Task<byte[][]> RecordAsync(Func<Task> operation)
    {
        _commands = [];
        await operation();
        byte[][] commands = [.. _commands];
        _commands = null;
        return commands;
    }

    public override ValueTask<int> ExecuteAsync(ReadOnlyMemory<byte> command, Memory<byte> response, CancellationToken cancellationToken = default)
    {
        _commands?.Add(command.ToArray());
        return base.ExecuteAsync(command, response, cancellationToken);
    }
}
