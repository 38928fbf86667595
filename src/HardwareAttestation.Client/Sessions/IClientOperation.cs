namespace HardwareAttestation.Client.Sessions;

/// <summary>An operation of the client: a sequence of commands with its cleaning up. A structure, so that on the way through the layers it leaves no closures behind.</summary>
internal interface IClientOperation<T>
{
    ValueTask<T> RunAsync(TpmChannel channel, CancellationToken cancellationToken);
}

/// <summary>An operation that is written as a function, where a few hundred bytes of garbage do not matter.</summary>
internal readonly struct FunctionOperation<T>(Func<TpmChannel, CancellationToken, Task<T>> function) : IClientOperation<T>
{
    public ValueTask<T> RunAsync(TpmChannel channel, CancellationToken cancellationToken) => new(function(channel, cancellationToken));
}
