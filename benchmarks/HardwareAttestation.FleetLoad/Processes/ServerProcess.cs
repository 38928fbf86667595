namespace HardwareAttestation.FleetLoad.Processes;

/// <summary>A running server, in a process of its own.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const string ListeningLine = "Now listening on: ";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly SupervisedProcess _process;

    private ServerProcess(SupervisedProcess process, Uri address)
    {
        _process = process;
        Address = address;
    }

    /// <summary>The number of the server's process.</summary>
    public int Id => _process.Id;

    public Uri Address { get; }

    /// <summary>The latest lines that the server wrote.</summary>
    public string Log => _process.Log;

    /// <summary>Starts a server, and returns when it listens.</summary>
    /// <param name="setup">Its configuration.</param>
    /// <param name="port">Where to listen on 127.0.0.1; zero for a free port.</param>
    /// <exception cref="InvalidOperationException">It did not come up; the message has what it wrote.</exception>
    public static async Task<ServerProcess> StartAsync(ServerSetup setup, int port = 0)
    {
        TaskCompletionSource<Uri> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
        SupervisedProcess process = await SupervisedProcess.StartAsync([.. setup.Wrapper, "dotnet", .. setup.ToArguments(port)], "KILL", setup.Environment, line =>
        {
            if (line.IndexOf(ListeningLine, StringComparison.Ordinal) is >= 0 and int at)
            {
                listening.TrySetResult(new Uri(line[(at + ListeningLine.Length)..].TrimEnd('"', '}', ' ')));
            }
        }).ConfigureAwait(false);
        await Task.WhenAny(listening.Task, process.Ended, Task.Delay(Patience)).ConfigureAwait(false);
        if (listening.Task.IsCompletedSuccessfully)
        {
            return new ServerProcess(process, await listening.Task.ConfigureAwait(false));
        }

        await process.DisposeAsync().ConfigureAwait(false);
        throw new InvalidOperationException($"The server did not come up. It wrote:{Environment.NewLine}{process.Log}");
    }

    /// <summary>Ends the server by SIGKILL, and returns when it is gone.</summary>
    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
