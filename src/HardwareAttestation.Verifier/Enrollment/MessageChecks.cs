using System.Buffers;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier;

/// <summary>What is checked of every message before anything in it is used.</summary>
internal static class MessageChecks
{
    private static readonly SearchValues<char> IdCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    private static readonly SearchValues<char> NodeCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-");
    private static readonly FixedCheck CurrentVersion = new(CheckIds.MessageVersion, $"The message is of protocol version {ProtocolVersion.Current}.");
    private static readonly FixedCheck Node = new(CheckIds.EnrollmentNode, "The node's name is well formed.");
    private static readonly FixedCheck NamesChallenge = new(CheckIds.MessageForm, "The message names a challenge.");

    private const int LongestNodeId = 128;
    private const int LongestChallengeId = 64;

    public static bool Version(int version, FindingList findings) => findings.Check(
        CurrentVersion,
        version == ProtocolVersion.Current,
        $"The message is of protocol version {version}, and version {ProtocolVersion.Current} is spoken here.");

    public static bool NodeId(string? nodeId, FindingList findings) => findings.Check(
        Node,
        IsNodeId(nodeId),
        $"The node's name is not 1 to {LongestNodeId} of letters, digits and . _ : -, beginning with a letter or digit.");

    public static bool ChallengeId(string? challengeId, FindingList findings) => findings.Check(
        NamesChallenge,
        challengeId is { Length: > 0 and <= LongestChallengeId },
        "The message names no challenge.");

    /// <summary>Whether a challenge of this id can have been issued at all: what is not base64url is no matter for a store to handle.</summary>
    public static bool CanBeIssued(string challengeId) => !challengeId.AsSpan().ContainsAnyExcept(IdCharacters);

    public static bool IsNodeId(string? nodeId) =>
        nodeId is { Length: > 0 and <= LongestNodeId }
        && char.IsAsciiLetterOrDigit(nodeId[0])
        && !nodeId.AsSpan().ContainsAnyExcept(NodeCharacters);
}
