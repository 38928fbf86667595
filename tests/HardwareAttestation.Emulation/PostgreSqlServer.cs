using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;

namespace HardwareAttestation.Emulation;

/// <summary>
/// A PostgreSQL cluster of its own, in a folder of its own: never the machine's. It listens on a free port of 127.0.0.1 and on a socket in its folder, and dies with this process, however this
/// process ends. Who is root runs it as another user, since PostgreSQL refuses root.
/// </summary>
public sealed class PostgreSqlServer : IAsyncDisposable
{
    private const string User = "fleet";

    // As for swtpm: the shell holds a pipe from this process, which the kernel closes also when the process is killed. QUIT ends PostgreSQL and all its processes at once, as a loss of power does
    // to them, and what it committed is there again when it starts. $0 is the log. What changes users becomes the server, so the number stays the same.
    private const string SupervisorScript = """
        trap '' INT QUIT HUP TERM
        "$@" </dev/null >>"$0" 2>&1 &
        exec >/dev/null 2>&1
        read -r _
        kill -QUIT $!
        wait $!
        """;

    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly string _folder;
    private readonly string _binaries;
    private readonly bool _isDurable;
    private readonly string? _serverUser;
    private readonly HeldPort _port = new();
    private Process? _supervisor;
    private int _databases;

    private PostgreSqlServer(string folder, string binaries, bool isDurable, string? serverUser)
    {
        _folder = folder;
        _binaries = binaries;
        _isDurable = isDurable;
        _serverUser = serverUser;
    }

    /// <summary>The TCP port on 127.0.0.1. It stays the same when the server is stopped and started.</summary>
    public int Port => _port.Number;

    /// <summary>A connection string for the cluster's <c>postgres</c> database, in the form that Npgsql reads.</summary>
    public string ConnectionString => ConnectionStringFor("postgres");

    /// <summary>The number of the process that started all its others.</summary>
    public int ProcessId => int.Parse(File.ReadLines(StatusFile).First(), CultureInfo.InvariantCulture);

    /// <summary>Makes a cluster and starts it.</summary>
    /// <param name="isDurable">Whether commits wait for the disk, as they do in production. Without it the cluster is faster, and only a loss of power would tell.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="EmulationException">PostgreSQL is missing or did not start.</exception>
    public static async Task<PostgreSqlServer> StartNewAsync(bool isDurable = false, CancellationToken cancellationToken = default)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new EmulationException("PostgreSQL is started on Linux and macOS only. Run this there, or under WSL.");
        }

        string binaries = FindBinaries();
        string folder = ProcessFolder.CreateFolder("pg");
        string? serverUser = Environment.IsPrivilegedProcess ? await ChooseUserAsync(folder, cancellationToken).ConfigureAwait(false) : null;
        PostgreSqlServer server = new(folder, binaries, isDurable, serverUser);
        string[] command = server.AsUser(
            [
                Path.Combine(binaries, "initdb"), "--pgdata", Path.Combine(folder, "data"), "--username", User, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-instructions",
                "--no-sync",
            ]);
        await Tool.RunAsync(command[0], command[1..], folder, cancellationToken).ConfigureAwait(false);
        await server.StartAsync(cancellationToken).ConfigureAwait(false);
        return server;
    }

    /// <summary>Makes a new database, and gives the connection string for it.</summary>
    /// <exception cref="EmulationException">The server did not make it.</exception>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken = default)
    {
        string name = "db" + Interlocked.Increment(ref _databases).ToString(CultureInfo.InvariantCulture);
        await Tool.RunAsync(
            Path.Combine(_binaries, "createdb"),
            ["--host", "127.0.0.1", "--port", PortText, "--username", User, "--template", "template0", name],
            _folder,
            cancellationToken).ConfigureAwait(false);
        return ConnectionStringFor(name);
    }

    /// <summary>Starts the server after <see cref="StopAsync"/>, on the same port with the same content.</summary>
    /// <exception cref="EmulationException">It did not start.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (_supervisor is not null)
        {
            throw new InvalidOperationException("The server runs already.");
        }

        string[] command = AsUser(
            [
                Path.Combine(_binaries, "postgres"), "-D", Path.Combine(_folder, "data"),
                "-c", "listen_addresses=127.0.0.1", "-c", $"port={PortText}", "-c", $"unix_socket_directories={_folder}", "-c", "max_connections=200",
                .. _isDurable ? (string[])[] : ["-c", "fsync=off", "-c", "full_page_writes=off"],
            ]);
        File.Delete(StatusFile);
        _supervisor = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", SupervisorScript, Path.Combine(_folder, "server.log"), .. command])
        {
            RedirectStandardInput = true,
            WorkingDirectory = "/",
        })!;
        try
        {
            await WaitUntilReadyAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await StopAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Stops the server at once, in the middle of whatever it does. Its content stays.</summary>
    public async Task StopAsync()
    {
        if (_supervisor is { } supervisor)
        {
            _supervisor = null;
            supervisor.StandardInput.Close();
            await supervisor.WaitForExitAsync().ConfigureAwait(false);
            supervisor.Dispose();
        }
    }

    /// <summary>Stops the server and deletes its folder.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _port.Dispose();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    // PostgreSQL writes into this file how far it has come.
    private string StatusFile => Path.Combine(_folder, "data", "postmaster.pid");

    private string PortText => Port.ToString(CultureInfo.InvariantCulture);

    private static string FindBinaries()
    {
        // Debian and Ubuntu keep each version in a folder of its own, off the search path.
        const string Versions = "/usr/lib/postgresql";
        IEnumerable<string> installed = Directory.Exists(Versions) ? Directory.EnumerateDirectories(Versions) : [];
        return installed
            .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int version) ? version : 0)
            .Select(folder => Path.Combine(folder, "bin"))
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")))
            ?? throw new EmulationException(
                "PostgreSQL was not found. Run tests/install-postgresql.sh of this repository, or install it yourself: package postgresql on Debian and Ubuntu, postgresql-server on Fedora.");
    }

    // The user that Debian's package makes, or else nobody. It has to get through our folders, and owns its own.
    [UnsupportedOSPlatform("windows")]
    private static async Task<string> ChooseUserAsync(string folder, CancellationToken cancellationToken)
    {
        string user = File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";
        foreach (string above in (string[])[Path.GetDirectoryName(folder)!, folder])
        {
            File.SetUnixFileMode(above, File.GetUnixFileMode(above) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }

        string data = Directory.CreateDirectory(Path.Combine(folder, "data")).FullName;
        await Tool.RunAsync("chown", [user, folder, data], folder, cancellationToken).ConfigureAwait(false);
        return user;
    }

    private string[] AsUser(string[] command) =>
        _serverUser is null ? command : ["/usr/bin/env", "setpriv", "--reuid", _serverUser, "--regid", GroupOf(_serverUser), "--clear-groups", .. command];

    private static string GroupOf(string user) => File.ReadLines("/etc/passwd").Select(line => line.Split(':')).First(fields => fields[0] == user)[3];

    private string ConnectionStringFor(string database) => $"Host=127.0.0.1;Port={PortText};Username={User};Database={database}";

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (!(File.Exists(StatusFile) && ReadLines(StatusFile) is { Length: >= 8 } lines && lines[7].Trim() == "ready"))
        {
            if (_supervisor!.HasExited || waited.Elapsed > StartPatience)
            {
                string log = Path.Combine(_folder, "server.log");
                throw new EmulationException(
                    $"PostgreSQL did not start. The end of its log:{Environment.NewLine}{(File.Exists(log) ? string.Join(Environment.NewLine, File.ReadLines(log).TakeLast(20)) : "")}");
            }

            await Task.Delay(PollInterval, cancellationToken).ConfigureAwait(false);
        }
    }

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (IOException)
        {
            // It is being written, or has just been removed.
            return [];
        }
    }
}
