using Fleet.Server.Storage;
using Fleet.Server.Storage.Sqlite;
using HardwareAttestation.Verifier;
using Microsoft.Data.Sqlite;

namespace HardwareAttestation.Fleet.Tests.Storage;

public sealed class SqliteStorageTests : StorageContract
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "fleet-" + Path.GetRandomFileName());

    private string DevicePath => Path.Combine(_folder, "fleet.db");

    private string ChallengePath => Path.Combine(_folder, "challenges.db");

    public override Task InitializeAsync() => Task.CompletedTask;

    public override async Task DisposeAsync()
    {
        try
        {
            await base.DisposeAsync();
        }
        finally
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_files_are_their_owners_alone()
    {
        IFleetStorage storage = await OpenAsync();
        await storage.Devices.AddAsync(Samples.Device("node"));

        foreach (string file in Directory.GetFiles(_folder))
        {
            if (!OperatingSystem.IsWindows())
            {
                File.GetUnixFileMode(file).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_damaged_database_of_devices_is_named_and_left_as_it_is(bool isWhollyDamaged)
    {
        await StoreAndCloseAsync();
        byte[] content = File.ReadAllBytes(DevicePath);
        Random.Shared.NextBytes(isWhollyDamaged ? content : content.AsSpan(100));
        File.WriteAllBytes(DevicePath, content);

        Func<Task> use = async () => await (await OpenAsync()).Devices.FindAsync("node");
        (await use.Should().ThrowAsync<StorageException>()).Which.Message.Should().Contain(DevicePath).And.Contain("damaged").And.Contain("backup");
        File.ReadAllBytes(DevicePath).Should().Equal(content);
    }

    [Fact]
    public async Task A_damaged_database_of_challenges_is_made_anew()
    {
        await StoreAndCloseAsync();
        File.WriteAllText(ChallengePath, "This is no database, but long enough that somebody might take it for one: " + new string('x', 5000));

        IFleetStorage storage = await OpenAsync();

        (await storage.Devices.FindAsync("node")).Should().NotBeNull();
        (await storage.Challenges.TryAddAsync(Challenge("challenge"))).Should().BeTrue();
        (await storage.Challenges.TakeAsync("challenge")).Should().NotBeNull();
    }

    [Fact]
    public async Task Challenges_of_an_earlier_start_of_the_machine_are_forgotten()
    {
        await StoreAndCloseAsync();
        await RunAsync(ChallengePath, "UPDATE machine_start SET id = 'earlier'");

        IFleetStorage storage = await OpenAsync();

        (await storage.Challenges.TakeAsync("challenge")).Should().BeNull("with the power, it may have been lost that it was taken");
    }

    [Fact]
    public async Task Another_programs_database_is_refused_and_left_as_it_is()
    {
        Directory.CreateDirectory(_folder);
        await RunAsync(DevicePath, "CREATE TABLE notes (text)");

        Func<Task> open = () => OpenAsync();

        (await open.Should().ThrowAsync<StorageException>()).Which.Message.Should().Contain("another program");
        await RunAsync(DevicePath, "INSERT INTO notes VALUES ('still there')");
    }

    [Fact]
    public async Task A_full_disk_is_named_tears_nothing_and_is_forgotten_when_there_is_room()
    {
        IFleetStorage storage = await OpenAsync();
        SqliteFile file = ((SqliteStorage)storage).DeviceFile;
        await storage.Devices.AddAsync(Samples.Device("first"));
        object? roomy = await file.WriteAsync(session => session.Ask("PRAGMA max_page_count"), default);
        await file.WriteAsync(session => session.Ask("PRAGMA max_page_count = 1"), default);

        // SQLite says that it is full when the file would grow beyond its bound, as it does when the disk is.
        List<string> acknowledged = ["first"];
        StorageException? refused = null;
        for (int i = 0; refused is null && i < 10_000; i += 20)
        {
            Task<AddDeviceOutcome>[] adding = [.. Enumerable.Range(i, 20).Select(number => storage.Devices.AddAsync(Samples.Device($"node{number}")))];
            for (int j = 0; j < adding.Length; j++)
            {
                try
                {
                    (await adding[j]).Should().Be(AddDeviceOutcome.Added);
                    acknowledged.Add($"node{i + j}");
                }
                catch (StorageException exception)
                {
                    refused = exception;
                }
            }
        }

        refused!.Message.Should().Contain("no room").And.Contain(DevicePath);
        (await storage.Directory.SummarizeAsync(Samples.Then)).Total.Should().Be(acknowledged.Count);
        foreach (string node in acknowledged)
        {
            (await storage.Devices.FindAsync(node)).Should().NotBeNull();
        }

        await file.WriteAsync(session => session.Ask($"PRAGMA max_page_count = {roomy}"), default);
        (await storage.Devices.AddAsync(Samples.Device("last"))).Should().Be(AddDeviceOutcome.Added);
        file.Read(session => session.Ask("PRAGMA integrity_check")).Should().Be("ok");
    }

    [Fact]
    public async Task A_change_that_fails_fails_alone()
    {
        SqliteStorage storage = (SqliteStorage)await OpenAsync();
        Task<AddDeviceOutcome>[] adding = new Task<AddDeviceOutcome>[50];
        Task<bool>[] failing = new Task<bool>[50];
        for (int i = 0; i < adding.Length; i++)
        {
            adding[i] = storage.Devices.TryAddAsync(Samples.Device($"node{i}"), await storage.Devices.GetRemovalMarkAsync($"node{i}", $"key of node{i}"));
            failing[i] = storage.DeviceFile.WriteAsync<bool>(_ => throw new InvalidOperationException("no"), default);
        }

        (await Task.WhenAll(adding)).Should().OnlyContain(outcome => outcome == AddDeviceOutcome.Added);
        foreach (Task<bool> failure in failing)
        {
            await failure.Awaiting(task => task).Should().ThrowAsync<InvalidOperationException>();
        }

        (await storage.Directory.SummarizeAsync(Samples.Then)).Total.Should().Be(adding.Length);
    }

    [Fact]
    public async Task A_database_that_another_program_holds_for_too_long_is_named()
    {
        IFleetStorage storage = await OpenAsync();
        using SqliteConnection other = new($"Data Source={DevicePath};Pooling=False");
        other.Open();
        using SqliteTransaction holding = other.BeginTransaction();

        Func<Task> add = () => storage.Devices.AddAsync(Samples.Device("node"));

        (await add.Should().ThrowAsync<StorageException>()).Which.Message.Should().Contain("in use");
        holding.Rollback();
        (await storage.Devices.AddAsync(Samples.Device("node"))).Should().Be(AddDeviceOutcome.Added);
    }

    private protected override IFleetStorage Create(StorageOptions options) => new SqliteStorage(_folder, options, Clock);

    private protected override Task PretendNewerVersionAsync(int? version) => RunAsync($"PRAGMA user_version = {version ?? SqliteSchema.DeviceVersions.Count}");

    private protected override Task MakeFirstVersionAsync()
    {
        Directory.CreateDirectory(_folder);
        return RunAsync($"{SqliteSchema.DeviceVersions[0]}; PRAGMA application_id = {SqliteSchema.ApplicationId}; PRAGMA user_version = 1");
    }

    private protected override Task RunAsync(string statements) => RunAsync(DevicePath, statements);

    private protected override string True => "1";

    private protected override async Task<long> MarksAsync()
    {
        await using SqliteConnection connection = new($"Data Source={DevicePath};Pooling=False");
        await connection.OpenAsync();
        await using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM devices WHERE may_be_overdue";
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private protected override string NoBytes => "x''";

    private static async Task RunAsync(string path, string statement)
    {
        await using SqliteConnection connection = new($"Data Source={path};Pooling=False");
        await connection.OpenAsync();
        await using SqliteCommand command = connection.CreateCommand();
        command.CommandText = statement;
        await command.ExecuteNonQueryAsync();
    }

    private async Task StoreAndCloseAsync()
    {
        await using IFleetStorage storage = await OpenAsync();
        await storage.Devices.AddAsync(Samples.Device("node"));
        await storage.Challenges.TryAddAsync(Challenge("challenge"));
    }
}
