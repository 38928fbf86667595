namespace Fleet.Server;

/// <summary>What the server logs besides what the verifier and the platform do. Nothing of it is secret.</summary>
internal static partial class FleetLog
{
    [LoggerMessage(1, LogLevel.Information, "Storage: {Description}")]
    public static partial void Storage(ILogger logger, string description);

    [LoggerMessage(2, LogLevel.Information, "The operators' token is in {Path}")]
    public static partial void Token(ILogger logger, string path);

    [LoggerMessage(3, LogLevel.Warning, "The operators' token in {Path} can be read by other users of this machine: take that right away")]
    public static partial void TokenReadable(ILogger logger, string path);

    [LoggerMessage(5, LogLevel.Information, "Forgot {Rows} rows that have expired")]
    public static partial void CleanedUp(ILogger logger, int rows);

    [LoggerMessage(6, LogLevel.Warning, "Could not clean up, and will try again: {Fault}")]
    public static partial void NotCleanedUp(ILogger logger, string fault);

    [LoggerMessage(7, LogLevel.Error, "Could not record the history of node {Node}; its answer stands")]
    public static partial void HistoryLost(ILogger logger, string? node, Exception exception);

    [LoggerMessage(8, LogLevel.Error, "The storage failed: {Fault}")]
    public static partial void StorageFailed(ILogger logger, string fault);

    [LoggerMessage(9, LogLevel.Error, "A request failed, which is a fault of the server")]
    public static partial void Failed(ILogger logger, Exception exception);

    [LoggerMessage(10, LogLevel.Warning, "Operator's request from {Source} was not authorized: {Fault}")]
    public static partial void NotAuthorized(ILogger logger, string source, string fault);

    [LoggerMessage(11, LogLevel.Information, "Operator at {Source}: {Operation} of node {Node}")]
    public static partial void OperatorDecided(ILogger logger, string source, string operation, string node);

    [LoggerMessage(12, LogLevel.Information, "{Count} nodes are expected, says {Path}")]
    public static partial void ExpectedNodesRead(ILogger logger, int count, string path);

    [LoggerMessage(14, LogLevel.Error, "The record of node {Node} is damaged in the database: its {Part} cannot be read. Restore a backup, or remove the device and enrol it anew")]
    public static partial void DeviceDamaged(ILogger logger, string node, string part);

    [LoggerMessage(15, LogLevel.Warning, "Left out {Lines} lines that {Source} caused within a minute")]
    public static partial void LinesLeftOut(ILogger logger, long lines, string source);

    [LoggerMessage(16, LogLevel.Warning, "Node {Node} was refused by what its own key has signed: {Check}: {Detail} It came from {Source}")]
    public static partial void SignedRefused(ILogger logger, string? node, string check, string detail, string source);

    [LoggerMessage(13, LogLevel.Error, "The file of expected nodes {Path} cannot be read, and no node can be enrolled: {Fault}")]
    public static partial void ExpectedNodesLost(ILogger logger, string path, string fault);
}
