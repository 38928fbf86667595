using System.Data.Common;
using System.Globalization;

namespace HardwareAttestation.FleetLoad.Growth;

/// <summary>Fills the tables with devices that were enrolled and have booted once, by copies of one that really was.</summary>
/// <param name="connection">An open connection to the server's database.</param>
/// <param name="numbers">The query that gives the numbers from {0} to {1} in a column named number.</param>
/// <param name="randomHex">The expression that gives 64 random hexadecimal digits, other ones for each row.</param>
internal sealed class TableFiller(DbConnection connection, string numbers, string randomHex)
{
    private const int RowsAtOnce = 50_000;

    /// <summary>The node of a number.</summary>
    public static string NodeOf(long number) => number.ToString("'filled-'00000000", CultureInfo.InvariantCulture);

    /// <param name="template">The node whose device is copied.</param>
    /// <param name="first">The first number that is not there yet.</param>
    /// <param name="count">How many devices there shall be with the first.</param>
    public async Task FillAsync(string template, long first, long count)
    {
        for (long number = first; number < count; number += RowsAtOnce)
        {
            string batch = string.Format(CultureInfo.InvariantCulture, numbers, number, Math.Min(number + RowsAtOnce, count) - 1);

            // Within the last half hour, so that none is overdue.
            string at = $"{DateTimeOffset.UtcNow.UtcTicks} - (number % 1800) * CAST(10000000 AS BIGINT)";
            const string Copied = "revision, status, enrolled_at, clock, reset_count, restart_count, clock_safe";
            const string Keys = "attestation_public, endorsement_public, storage_parent_public, endorsement_certificate, endorsement_chain";
            string numbered = $"(SELECT number, {NodeExpression} AS node FROM ({batch}) AS batch) AS numbered";
            await RunAsync($"""
                INSERT INTO devices (node_id, endorsement_key_id, enrollment_id, last_verified_at, may_be_overdue, {Copied})
                SELECT node, {randomHex}, substr({randomHex}, 1, 32), {at}, FALSE, {Copied}
                FROM devices CROSS JOIN {numbered} WHERE node_id = '{template}'
                """).ConfigureAwait(false);
            await RunAsync($"INSERT INTO device_keys (of_node, {Keys}) SELECT node, {Keys} FROM device_keys CROSS JOIN {numbered} WHERE of_node = '{template}'").ConfigureAwait(false);
            await RunAsync($"""
                INSERT INTO boots (node_id, enrollment_id, reset_count, restart_count, first_at, last_at, attestations)
                SELECT node_id, enrollment_id, reset_count, restart_count, last_verified_at, last_verified_at, 1 FROM devices
                WHERE node_id >= '{NodeOf(number)}' AND node_id < '{NodeOf(Math.Min(number + RowsAtOnce, count))}'
                """).ConfigureAwait(false);
        }
    }

    /// <summary>Gives a device the keys of a machine, which can attest in its name then.</summary>
    public async Task GiveKeysAsync(string node, ReadOnlyMemory<byte> attestationPublic, ReadOnlyMemory<byte> endorsementPublic)
    {
        DbCommand command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = """
                UPDATE device_keys SET attestation_public = @attestation, endorsement_public = @endorsement WHERE of_node = @node;
                UPDATE devices SET clock = 0, reset_count = 0, restart_count = 0 WHERE node_id = @node
                """;
            Add(command, "attestation", attestationPublic.ToArray());
            Add(command, "endorsement", endorsementPublic.ToArray());
            Add(command, "node", node);
            await command.ExecuteNonQueryAsync().ConfigureAwait(false);
        }
    }

    public async Task RunAsync(string sql)
    {
        DbCommand command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = sql;
            command.CommandTimeout = 0;
            await command.ExecuteNonQueryAsync().ConfigureAwait(false);
        }
    }

    // The same as NodeOf, in the SQL of both databases.
    private const string NodeExpression = "'filled-' || substr(CAST(100000000 + number AS TEXT), 2)";

    private static void Add(DbCommand command, string name, object value)
    {
        DbParameter parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }
}
