using System.Data.Common;
using Fleet.Server.Storage.Sql;
using Microsoft.Data.Sqlite;

namespace Fleet.Server.Storage.Sqlite;

/// <summary>One connection, and the statements that were prepared on it. Used by one caller at a time.</summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _prepared = new(StringComparer.Ordinal);

    private SqliteSession(SqliteConnection connection) => _connection = connection;

    public bool IsInTransaction => SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0;

    /// <param name="connectionString">Which database, and how.</param>
    /// <param name="pragmas">What to set on the connection.</param>
    public static SqliteSession Open(string connectionString, string pragmas)
    {
        SqliteConnection connection = new(connectionString);
        try
        {
            connection.Open();
            SqliteSession session = new(connection);
            session.Run(pragmas);
            return session;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Runs statements without values once.</summary>
    public void Run(string statements)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = statements;
        command.ExecuteNonQuery();
    }

    /// <summary>Runs a statement without values once, and gives what it says in its first row and column.</summary>
    public object? Ask(string statement)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = statement;
        return command.ExecuteScalar();
    }

    /// <returns>How many rows it changed.</returns>
    public int Execute(SqlStatement statement) => Prepare(statement).ExecuteNonQuery();

    public List<T> Query<T>(SqlStatement statement, Func<DbDataReader, T> read)
    {
        List<T> rows = [];
        using SqliteDataReader reader = Prepare(statement).ExecuteReader();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    public void Dispose()
    {
        foreach (SqliteCommand command in _prepared.Values)
        {
            command.Dispose();
        }

        _connection.Dispose();
    }

    private SqliteCommand Prepare(SqlStatement statement)
    {
        if (!_prepared.TryGetValue(statement.Text, out SqliteCommand? command))
        {
            command = _connection.CreateCommand();
            command.CommandText = statement.Text;
            for (int number = 1; number <= statement.Values.Length; number++)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = $"${number}" });
            }

            _prepared.Add(statement.Text, command);
        }

        for (int i = 0; i < statement.Values.Length; i++)
        {
            command.Parameters[i].Value = statement.Values[i].Value ?? DBNull.Value;
        }

        return command;
    }
}
