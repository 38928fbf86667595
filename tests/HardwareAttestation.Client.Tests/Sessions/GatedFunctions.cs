using HardwareAttestation.Client.Sessions;

namespace HardwareAttestation.Client.Tests.Sessions;

/// <summary>Lets tests give the gate functions for operations.</summary>
internal static class GatedFunctions
{
    public static Task<T> RunAsync<T>(this OperationGate gate, Func<CancellationToken, Task<T>> function, CancellationToken cancellationToken) =>
        gate.RunAsync<Function<T>, T>(new Function<T>(function), cancellationToken);

    private readonly struct Function<T>(Func<CancellationToken, Task<T>> function) : IGatedOperation<T>
    {
        public async ValueTask<T> RunAsync(CancellationToken cancellationToken) => await function(cancellationToken);
    }
}
