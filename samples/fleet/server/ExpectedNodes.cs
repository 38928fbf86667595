using System.Buffers.Text;
using Fleet.Server.Storage;
using HardwareAttestation.Protocol;

namespace Fleet.Server;

/// <summary>Which nodes may be enrolled: those of a file, which is read again when it changes, or any. A file that cannot be read allows none.</summary>
internal sealed class ExpectedNodes(FleetOptions options, IFleetStorage storage, ILogger<ExpectedNodes> logger)
{
    /// <summary>The id of this check, beside the verifier's own.</summary>
    public const string Check = "enrollment.expected";

    private readonly Lock _lock = new();
    private HashSet<string> _nodes = new(StringComparer.Ordinal);
    private (DateTime WrittenAt, long Length)? _version;

    /// <summary>The refusal of a node that may not be enrolled.</summary>
    public static Verdict Refusal { get; } = new([new Finding(Check, FindingOutcome.Refused, "The node is not among those that may be enrolled here.")]);

    public bool Allows(string nodeId) => options.ExpectedNodesFile is not { } path || Read(path).Contains(nodeId);

    /// <summary>Finds the node that an answer would complete the enrolment of though it may not be enrolled: it may have left the file since the enrolment was begun.</summary>
    /// <returns>Null if there is nothing against the answer here.</returns>
    public async Task<string?> FindRefusedAsync(CredentialResponse response, CancellationToken cancellationToken)
    {
        // What is no id is for the verifier to refuse, and not for a database to stumble over.
        if (options.ExpectedNodesFile is null || !Base64Url.IsValid(response.ChallengeId))
        {
            return null;
        }

        string? node = await storage.FindEnrollingNodeAsync(response.ChallengeId, cancellationToken);
        return node is null || Allows(node) ? null : node;
    }

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
