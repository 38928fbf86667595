using HardwareAttestation.Protocol;
using Microsoft.Extensions.Logging;

namespace HardwareAttestation.Verifier;

/// <summary>What the verifier logs. Nothing of it is secret; a node is logged only once its form is checked.</summary>
internal static partial class VerifierLog
{
    [LoggerMessage(1, LogLevel.Information, "Enrolment of node {Node} was begun with challenge {ChallengeId}")]
    public static partial void EnrollmentBegun(ILogger logger, string node, string challengeId);

    [LoggerMessage(2, LogLevel.Information, "Node {Node} was enrolled with endorsement key {EndorsementKeyId}")]
    public static partial void Enrolled(ILogger logger, string node, string endorsementKeyId);

    [LoggerMessage(3, LogLevel.Debug, "Node {Node} was challenged with {ChallengeId}")]
    public static partial void Challenged(ILogger logger, string node, string challengeId);

    [LoggerMessage(4, LogLevel.Information, "Node {Node} attested itself")]
    public static partial void Attested(ILogger logger, string node);

    [LoggerMessage(6, LogLevel.Information, "Node {Node} asked for a challenge and has no device yet")]
    public static partial void NotEnrolled(ILogger logger, string node);

    [LoggerMessage(5, LogLevel.Warning, "{Operation} was refused for node {Node}: {Verdict}")]
    public static partial void Refused(ILogger logger, string operation, string node, Verdict verdict);

    [LoggerMessage(7, LogLevel.Information, "{Operation}: the device of node {Node} was changed by an operator, and is {Status}")]
    public static partial void DeviceChanged(ILogger logger, string operation, string node, DeviceStatus status);

    [LoggerMessage(9, LogLevel.Debug, "Fetched {Address}")]
    public static partial void Fetched(ILogger logger, string address);

    [LoggerMessage(EventId = 10, Message = "Could not fetch {Address}: {Fault}")]
    public static partial void NotFetched(ILogger logger, LogLevel level, string address, string fault, Exception? exception);

    [LoggerMessage(
        11,
        LogLevel.Warning,
        "Devices are kept in this process' memory, since no IDeviceStore was given: a restart forgets every enrolment and every revocation. Register an IDeviceStore on a database, or an InMemoryDeviceStore if that is meant")]
    public static partial void DevicesInMemory(ILogger logger);

    [LoggerMessage(8, LogLevel.Information, "The device of node {Node} was removed by an operator")]
    public static partial void DeviceRemoved(ILogger logger, string node);
}
