using Fleet.Server.Storage;
using Fleet.Server.Storage.PostgreSql;
using Fleet.Server.Storage.Sql;
using HardwareAttestation.Verifier;
using Npgsql;

namespace HardwareAttestation.Fleet.Tests.Storage;

[Collection(PostgreSqlFixture.Collection)]
public sealed class PostgreSqlStorageTests(PostgreSqlFixture fixture) : StorageContract
{
    private string _connectionString = "";

    public override async Task InitializeAsync() => _connectionString = await fixture.Server.CreateDatabaseAsync();

    [Theory]
    [InlineData("This is no connection string", "cannot be read")]
    [InlineData("Host=127.0.0.1;Port=1;Database=fleet;Username=fleet;Password=secret", "cannot be reached")]
    public async Task A_server_that_is_not_there_is_named_without_secrets(string connectionString, string expected)
    {
        Func<Task> open = async () =>
        {
            await using PostgreSqlStorage storage = new(connectionString, new StorageOptions(), Clock);
            await storage.MigrateAsync();
        };

        (await open.Should().ThrowAsync<StorageException>()).Which.Message.Should().Contain(expected).And.NotContain("secret");
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_named()
    {
        await using PostgreSqlStorage storage = new(
            new NpgsqlConnectionStringBuilder(_connectionString) { Database = "nothing" }.ToString(), new StorageOptions(), Clock);

        (await storage.Awaiting(it => it.MigrateAsync()).Should().ThrowAsync<StorageException>()).Which.Message.Should().Contain("no such database");
    }

    [Fact]
    public async Task A_database_that_can_only_be_read_is_not_ready()
    {
        await OpenAsync();
        await using PostgreSqlStorage storage = new($"{_connectionString};Options=-c default_transaction_read_only=on", new StorageOptions(), Clock);

        (await storage.Awaiting(it => it.ProbeAsync()).Should().ThrowAsync<StorageException>()).Which.Message.Should().Contain("can only be read");
    }

    [Fact]
    public async Task A_database_without_the_tables_is_not_ready()
    {
        IFleetStorage storage = Connect();

        (await storage.Awaiting(it => it.ProbeAsync()).Should().ThrowAsync<StorageException>()).Which.Message.Should().Contain("has not the server's tables");
    }

    [Fact]
    public async Task Tables_of_something_else_are_left_as_they_are()
    {
        await ExecuteAsync("CREATE TABLE devices (mine INT); INSERT INTO devices VALUES (7)");

        Func<Task> open = () => OpenAsync();

        (await open.Should().ThrowAsync<StorageException>()).Which.Message.Should().Contain("something else");
        (await AskAsync("SELECT CAST(mine AS TEXT) FROM devices")).Should().Equal("7");
        (await AskAsync("SELECT CAST(to_regclass('fleet_schema') AS TEXT)")).Should().Equal([""], "nothing is made if not everything is");
    }

    [Fact]
    public async Task People_read_times_as_times()
    {
        IFleetStorage storage = await OpenAsync();
        await storage.Devices.AddAsync(Samples.Device("node", lastVerifiedAt: Samples.Then.AddTicks(15)));

        (await AskAsync("SET TIME ZONE 'UTC'; SELECT CAST(last_verified_at AS TEXT) FROM device_overview")).Should().Equal("2026-06-01 12:00:00.000001+00");
    }

    [Fact]
    public async Task A_flood_of_refusals_that_wait_for_each_other_leaves_connections_to_others()
    {
        await OpenAsync();
        await using PostgreSqlStorage storage = new($"{_connectionString};Maximum Pool Size=10;Timeout=60", new StorageOptions(), Clock);

        // Somebody writes such a refusal at this moment, and is slow.
        await using NpgsqlConnection slow = new($"{_connectionString};Pooling=false");
        await slow.OpenAsync();
        await using NpgsqlTransaction transaction = await slow.BeginTransactionAsync();
        await using NpgsqlCommand hold = new("SELECT pg_advisory_xact_lock($1)", slow, transaction) { Parameters = { new() { Value = SqlHash.Of("refusals ") } } };
        await hold.ExecuteNonQueryAsync();
        Task[] flood = [.. Enumerable.Range(0, 20).Select(_ => storage.History.RecordRefusalAsync(Samples.Refusal(node: null)))];

        DeviceRecord? found = await storage.Devices.FindAsync("node");

        found.Should().BeNull();
        await transaction.CommitAsync();
        await Task.WhenAll(flood);
        (await storage.History.GetRefusalsAsync(null, 10)).Should().ContainSingle().Which.Count.Should().Be(20);
    }

    [Fact]
    public async Task Instances_that_share_a_full_store_exceed_it_by_what_they_add_between_two_counts_at_most()
    {
        // The clock of this test stands still, so each instance counts once.
        StorageOptions options = new() { Challenges = 20, CountLifetime = TimeSpan.FromHours(1) };
        await using PostgreSqlStorage one = new(_connectionString, options, Clock);
        await using PostgreSqlStorage other = new(_connectionString, options, Clock);
        await one.MigrateAsync();
        await one.Challenges.TakeAsync("none");
        int added = 0;
        for (int i = 0; i < 60; i++)
        {
            added += await (i % 2 == 0 ? one : other).Challenges.TryAddAsync(Challenge($"c{i}", node: $"node{i}")) ? 1 : 0;
        }

        added.Should().BeInRange(20, 40);
    }

    // Everything that a boot asks, over tables that are large enough to make an index worth it, and what PostgreSQL counted meanwhile.
    [Fact]
    public async Task A_boot_reads_no_table_from_end_to_end()
    {
        await (await OpenAsync()).DisposeAsync();
        await ExecuteAsync(
            """
            INSERT INTO devices (enrolled_at, revision, status, node_id, endorsement_key_id, enrollment_id)
            SELECT 0, 0, 1, 'node' || i, 'key' || i, 'enrolment' FROM generate_series(1, 50000) AS i;
            INSERT INTO device_keys (of_node, attestation_public, endorsement_public, storage_parent_public, endorsement_certificate, endorsement_chain)
            SELECT node_id, '', '', '', '', '' FROM devices;
            INSERT INTO challenges (expires_at, purpose, challenge_id, node_id, source, state)
            SELECT 1000000000000000000, 2, 'c' || i, 'node' || i, 'source' || i, '' FROM generate_series(1, 50000) AS i;
            INSERT INTO boots (first_at, last_at, reset_count, restart_count, attestations, node_id, enrollment_id)
            SELECT 0, 0, i, 0, 1, 'node' || i % 1000, 'enrolment' FROM generate_series(1, 50000) AS i;
            ANALYZE
            """);
        Dictionary<string, long> before = await ScansAsync();

        IFleetStorage storage = Connect();
        DeviceRecord device = (await storage.Devices.FindAsync("node25000"))!;
        (await storage.Challenges.TryAddAsync(Challenge("challenge", node: device.NodeId, source: "source"))).Should().BeTrue();
        (await storage.Challenges.TakeAsync("challenge")).Should().NotBeNull();
        for (int boot = 1; boot <= 3; boot++)
        {
            (await storage.Devices.TryUpdateAsync(new DeviceRecord
            {
                NodeId = device.NodeId,
                EnrollmentId = device.EnrollmentId,
                EndorsementKeyId = device.EndorsementKeyId,
                EndorsementCertificate = default,
                EndorsementPublic = default,
                AttestationPublic = default,
                EnrolledAt = device.EnrolledAt,
                Status = DeviceStatus.Active,
                LastVerifiedAt = Samples.Then.AddHours(boot),
                Revision = boot,
            })).Should().BeTrue();
        }

        await storage.History.RecordAttestationAsync(Samples.Attestation(device.NodeId));
        await storage.DisposeAsync();

        // Once for each table is the count of all challenges, which an instance makes once a second.
        Dictionary<string, long> after = await ScansAsync();
        after["devices"].Should().Be(before["devices"]);
        after["device_keys"].Should().Be(before["device_keys"]);
        after["boots"].Should().Be(before["boots"]);
        (after["challenges"] - before["challenges"]).Should().BeLessThanOrEqualTo(1);
        (await AskAsync("SELECT CAST(n_tup_hot_upd AS TEXT) FROM pg_stat_user_tables WHERE relname = 'devices'"))
            .Should().Equal(["2"], "but for the first boot, which takes it from the index of the overdue, the device's new version needs no index entries");
    }

    private protected override IFleetStorage Create(StorageOptions options) => new PostgreSqlStorage(_connectionString, options, Clock);

    private protected override Task PretendNewerVersionAsync(int? version) =>
        ExecuteAsync($"DELETE FROM fleet_schema; INSERT INTO fleet_schema VALUES ({version ?? PostgreSqlSchema.Versions.Count})");

    private protected override async Task MakeFirstVersionAsync()
    {
        await using PostgreSqlDatabase database = new(_connectionString);
        await database.MigrateAsync([PostgreSqlSchema.Versions[0]], CancellationToken.None);
    }

    private protected override Task RunAsync(string statements) => ExecuteAsync(statements);

    private protected override string True => "TRUE";

    private protected override async Task<long> MarksAsync() =>
        long.Parse((await AskAsync("SELECT CAST(count(*) AS TEXT) FROM devices WHERE may_be_overdue"))[0], provider: null);

    private protected override string NoBytes => "''";

    // What a session has counted is there to be read when it has ended.
    private async Task<Dictionary<string, long>> ScansAsync()
    {
        while ((await AskAsync(
            "SELECT usename FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'")).Count > 0)
        {
            await Task.Yield();
        }

        List<string> rows = await AskAsync("SELECT relname || '=' || seq_scan FROM pg_stat_user_tables");
        return rows.Select(row => row.Split('=')).ToDictionary(row => row[0], row => long.Parse(row[1], null));
    }

    private async Task ExecuteAsync(string statements)
    {
        await using NpgsqlConnection connection = new($"{_connectionString};Pooling=false");
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(statements, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<List<string>> AskAsync(string statement)
    {
        await using NpgsqlConnection connection = new($"{_connectionString};Pooling=false");
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(statement, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        List<string> rows = [];
        while (await reader.ReadAsync())
        {
            rows.Add(reader.IsDBNull(0) ? "" : reader.GetString(0));
        }

        return rows;
    }
}
