using System.Text.RegularExpressions;
using Fleet.Server.Storage.Sql;

namespace Fleet.Server.Storage.PostgreSql;

/// <summary>Several changes in one statement, which PostgreSQL makes in one moment.</summary>
internal static partial class SqlStatementExtensions
{
    /// <summary>A statement that makes a change and, if it has changed anything, others. How many rows it has changed is said of the last.</summary>
    /// <param name="change">The change; without RETURNING.</param>
    /// <param name="others">The others; each ends with a condition.</param>
    public static SqlStatement IfItChanged(this SqlStatement change, params SqlStatement[] others)
    {
        List<SqlValue> values = [.. change.Values];
        string text = $"WITH changed AS ({change.Text} RETURNING 1)";
        for (int i = 0; i < others.Length; i++)
        {
            string other = $"{Renumber(others[i].Text, by: values.Count)} AND EXISTS (SELECT 1 FROM changed)";
            text += i == others.Length - 1 ? $" {other}" : $", other{i} AS ({other})";
            values.AddRange(others[i].Values);
        }

        return new SqlStatement(text, [.. values]);
    }

    private static string Renumber(string text, int by) => Parameter().Replace(text, match => $"${int.Parse(match.ValueSpan[1..], provider: null) + by}");

    [GeneratedRegex(@"\$\d+")]
    private static partial Regex Parameter();
}
