namespace HardwareAttestation.Emulation;

/// <summary>A response that a relay holds back until it is told to send it.</summary>
internal sealed class HeldResponse
{
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the command has come and its response is held.</summary>
    internal Task Arrived => _arrived.Task.WaitAsync(TimeSpan.FromMinutes(2));

    internal void Release() => _released.SetResult();

    internal async Task<RelayReply> WaitAsync(byte[] response)
    {
        _arrived.SetResult();
        await _released.Task;
        return new RelayReply(response);
    }
}
