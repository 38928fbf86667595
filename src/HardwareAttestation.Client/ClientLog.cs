using HardwareAttestation.Structures;
using Microsoft.Extensions.Logging;

namespace HardwareAttestation.Client;

/// <summary>What the client logs. Nothing of it is secret.</summary>
internal static partial class ClientLog
{
    [LoggerMessage(1, LogLevel.Warning, "Handle {Handle} of TPM device {Device} could not be flushed and fills a slot until the next reboot")]
    public static partial void HandleNotFlushed(ILogger logger, TpmHandle handle, string device, Exception exception);

    [LoggerMessage(2, LogLevel.Debug, "Endorsement key {Template} of TPM device {Device} has its certificate in NV index {Index} ({Size} bytes)")]
    public static partial void EndorsementCertificateRead(ILogger logger, string template, string device, TpmHandle index, int size);

    [LoggerMessage(3, LogLevel.Debug, "Endorsement key {Template} of TPM device {Device} is at persistent handle {Handle}")]
    public static partial void EndorsementKeyFound(ILogger logger, string template, string device, TpmHandle handle);

    [LoggerMessage(4, LogLevel.Debug, "Endorsement key {Template} of TPM device {Device} is at no persistent handle and is created when it is needed")]
    public static partial void EndorsementKeyCreated(ILogger logger, string template, string device);

    [LoggerMessage(5, LogLevel.Information, "Attestation key {Name} ({Algorithm}) was created by TPM device {Device}")]
    public static partial void AttestationKeyCreated(ILogger logger, TpmName name, string algorithm, string device);

    [LoggerMessage(6, LogLevel.Debug, "Key {Name} was loaded into TPM device {Device}")]
    public static partial void KeyLoaded(ILogger logger, TpmName name, string device);

    [LoggerMessage(7, LogLevel.Information, "A credential was activated with attestation key {Name} by TPM device {Device}")]
    public static partial void CredentialActivated(ILogger logger, TpmName name, string device);

    [LoggerMessage(8, LogLevel.Debug, "Attestation key {Name} quoted {Selection} in TPM device {Device}")]
    public static partial void Quoted(ILogger logger, TpmName name, TpmlPcrSelection selection, string device);

    [LoggerMessage(9, LogLevel.Debug, "Key {Name} left its slot in TPM device {Device} to another object, and is loaded again when it is needed")]
    public static partial void KeyMadeRoom(ILogger logger, TpmName name, string device);

    [LoggerMessage(10, LogLevel.Debug, "TPM device {Device} asks for TPM2_{Command} to be sent again ({Code}), attempt {Attempt}")]
    public static partial void CommandRetried(ILogger logger, string device, TpmCommandCode command, TpmRc code, int attempt);

    [LoggerMessage(11, LogLevel.Information, "Application key {Name} ({Algorithm}) was created by TPM device {Device}")]
    public static partial void ApplicationKeyCreated(ILogger logger, TpmName name, string algorithm, string device);

    [LoggerMessage(12, LogLevel.Warning, "NV index {Index} of TPM device {Device}, which serves to find an endorsement key, is passed over: {Reason}")]
    public static partial void EndorsementTemplatePassedOver(ILogger logger, TpmHandle index, string device, string reason);

    [LoggerMessage(13, LogLevel.Warning,
        "The certificate chain in TPM device {Device} from NV index {Index} on is damaged, or longer than an enrolment request may carry: its first {Count} certificates are used")]
    public static partial void EndorsementChainNotWhole(ILogger logger, string device, TpmHandle index, int count);

    [LoggerMessage(14, LogLevel.Warning, "Endorsement key {Template} of TPM device {Device} cannot be used: {Reason}")]
    public static partial void EndorsementKeyUnusable(ILogger logger, string template, string device, string reason);
}
