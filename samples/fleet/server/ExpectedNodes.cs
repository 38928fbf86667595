namespace Fleet.Server;

/// <summary>Which nodes may be enrolled: those of a file, which is read again when it changes, or any. A file that cannot be read allows none.</summary>
internal sealed class ExpectedNodes(FleetOptions options, ILogger<ExpectedNodes> logger)
{
    /// <summary>The id of this check, beside the verifier's own.</summary>
    public const string Check = "enrollment.expected";

    private readonly Lock _lock = new();
    private HashSet<string> _nodes = new(StringComparer.Ordinal);
    private (DateTime WrittenAt, long Length)? _version;

    public bool Allows(string nodeId) => options.ExpectedNodesFile is not { } path || Read(path).Contains(nodeId);

    private HashSet<string> Read(string path)
    {
        lock (_lock)
        {
            try
            {
                FileInfo file = new(path);
                (DateTime, long) version = (file.LastWriteTimeUtc, file.Length);
                if (version != _version)
                {
                    _nodes = new(File.ReadLines(path).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'), StringComparer.Ordinal);
                    _version = version;
                    FleetLog.ExpectedNodesRead(logger, _nodes.Count, path);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                FleetLog.ExpectedNodesLost(logger, path, exception.Message);
                _nodes = new(StringComparer.Ordinal);
                _version = null;
            }

            return _nodes;
        }
    }
}
