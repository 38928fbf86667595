using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using HardwareAttestation.FleetLoad.Processes;
using Npgsql;

namespace HardwareAttestation.FleetLoad.Stores;

/// <summary>PostgreSQL in a cluster of its own, with the settings that initdb gives, on a free port of 127.0.0.1. It refuses to run as root: then it runs as the package's user.</summary>
internal sealed class PostgreSqlStore : IStoppableStore
{
    private const string User = "postgres";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _data;
    private readonly int _port;
    private SupervisedProcess? _postmaster;

    private PostgreSqlStore(string data, int port)
    {
        _data = data;
        _port = port;
    }

    public string ConnectionString => $"Host=127.0.0.1;Port={_port};Username={User};Database={User};Maximum Pool Size=40";

    public TimeSpan Cpu => ProcessUse.CpuOfTree(_postmaster!.Id);

    public long SizeOnDisk
    {
        get
        {
            using NpgsqlConnection connection = new(ConnectionString);
            connection.Open();
            using NpgsqlCommand command = new("SELECT pg_database_size(current_database())", connection);
            return (long)command.ExecuteScalar()!;
        }
    }

    public static async Task<PostgreSqlStore> StartAsync(string folder)
    {
        string data = Path.Combine(folder, "postgres");
        if (Environment.IsPrivilegedProcess)
        {
            // Its user has to reach its own folder, and nobody the others in there.
            File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            await RunAsync("install", "-d", "-m", "0700", "-o", User, data).ConfigureAwait(false);
        }

        string[] initdb = [.. AsItsUser, Find("initdb"), "-D", data, "-U", User, "-A", "trust", "-E", "UTF8", "--locale=C"];
        await RunAsync(initdb[0], initdb[1..]).ConfigureAwait(false);
        PostgreSqlStore store = new(data, FindFreePort());
        await store.StartAsync().ConfigureAwait(false);
        return store;
    }

    public ServerSetup Configure(ServerSetup setup) => setup with { PostgreSql = ConnectionString };

    public async Task StartAsync()
    {
        // QUIT is an immediate shutdown: every connection is cut, and the next start begins with the write-ahead log.
        _postmaster = await SupervisedProcess.StartAsync(
            [.. AsItsUser, Find("postgres"), "-D", _data, "-p", $"{_port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="],
            "QUIT").ConfigureAwait(false);
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await using NpgsqlConnection connection = new(ConnectionString + ";Pooling=false");
                await connection.OpenAsync().ConfigureAwait(false);
                return;
            }
            catch (NpgsqlException exception) when (!_postmaster.Ended.IsCompleted && Stopwatch.GetElapsedTime(start) < Patience)
            {
                Debug.WriteLine(exception.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(50)).ConfigureAwait(false);
            }
            catch (NpgsqlException exception)
            {
                throw new InvalidOperationException($"PostgreSQL did not come up. It wrote:{Environment.NewLine}{_postmaster.Log}", exception);
            }
        }
    }

    public async Task StopAsync() => await _postmaster!.DisposeAsync().ConfigureAwait(false);

    public ValueTask DisposeAsync() => _postmaster!.DisposeAsync();

    private static string[] AsItsUser => Environment.IsPrivilegedProcess ? ["setpriv", $"--reuid={User}", $"--regid={User}", "--clear-groups"] : [];

    // Debian keeps the programs of each version in a folder of its own.
    private static string Find(string program) =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory.EnumerateFiles("/usr/lib/postgresql", program, SearchOption.AllDirectories).Order().LastOrDefault() ?? program
            : program;

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync().ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} failed: {errors}{await output.ConfigureAwait(false)}");
        }
    }

    private static int FindFreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
