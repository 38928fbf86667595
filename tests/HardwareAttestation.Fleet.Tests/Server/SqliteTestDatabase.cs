using Microsoft.Data.Sqlite;

namespace HardwareAttestation.Fleet.Tests.Server;

/// <summary>SQLite, in a folder of its own.</summary>
internal sealed class SqliteTestDatabase : TestDatabase
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fleet-").FullName;
    private SqliteConnection? _blocker;

    protected override string DataFolder => _folder;

    // A file that somebody else has locked is as good as gone.
    public override async Task BreakAsync()
    {
        _blocker = new SqliteConnection($"Data Source={Path.Combine(_folder, "fleet.db")};Pooling=False");
        await _blocker.OpenAsync();
        await using SqliteCommand command = _blocker.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        await command.ExecuteNonQueryAsync();
    }

    public override async Task RunAsync(string statement)
    {
        await using SqliteConnection connection = new($"Data Source={Path.Combine(_folder, "fleet.db")};Pooling=False");
        await connection.OpenAsync();
        await using SqliteCommand command = connection.CreateCommand();
        command.CommandText = statement;
        await command.ExecuteNonQueryAsync();
    }

    public override async Task MendAsync()
    {
        if (_blocker is { } blocker)
        {
            _blocker = null;
            await blocker.DisposeAsync();
        }
    }

    protected override async Task DeleteAsync()
    {
        await MendAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
