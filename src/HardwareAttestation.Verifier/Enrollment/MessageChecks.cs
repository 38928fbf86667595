using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier;

/// <summary>What is checked of every message before anything in it is used.</summary>
internal static class MessageChecks
{
    private const int LongestNodeId = 128;
    private const int LongestChallengeId = 64;

    public static bool Version(int version, FindingList findings) => findings.Check(
        CheckIds.MessageVersion,
        version == ProtocolVersion.Current,
        $"The message is of protocol version {ProtocolVersion.Current}.",
        $"The message is of protocol version {version}, and version {ProtocolVersion.Current} is spoken here.");

    public static bool NodeId(string? nodeId, FindingList findings) => findings.Check(
        CheckIds.EnrollmentNode,
        IsNodeId(nodeId),
        "The node's name is well formed.",
        $"The node's name is not 1 to {LongestNodeId} of letters, digits and . _ : -, beginning with a letter or digit.");

    public static bool ChallengeId(string? challengeId, FindingList findings) => findings.Check(
        CheckIds.MessageForm,
        challengeId is { Length: > 0 and <= LongestChallengeId },
        "The message names a challenge.",
        "The message names no challenge.");

    /// <summary>Whether a challenge of this id can have been issued at all: what is not base64url is no matter for a store to handle.</summary>
    public static bool CanBeIssued(string challengeId) => challengeId.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_');

    public static bool IsNodeId(string? nodeId) =>
        nodeId is { Length: > 0 and <= LongestNodeId }
        && char.IsAsciiLetterOrDigit(nodeId[0])
        && nodeId.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or ':' or '-');
}
