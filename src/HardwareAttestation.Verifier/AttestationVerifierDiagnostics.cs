namespace HardwareAttestation.Verifier;

/// <summary>The names under which a verifier can be watched, with OpenTelemetry for instance.</summary>
public static class AttestationVerifierDiagnostics
{
    /// <summary>
    /// The name of the meter. Its histogram <c>attestation.verifier.operation.duration</c>, in seconds, has the tags <c>attestation.operation</c>, <c>attestation.outcome</c>,
    /// <c>attestation.check</c> for the first check that refused, and <c>error.type</c> for an exception's type.
    /// </summary>
    public static string MeterName => "HardwareAttestation.Verifier";

    /// <summary>The name of the activity source. Its spans are named after the operations, have the tags of the meter, and <c>attestation.node</c>.</summary>
    public static string ActivitySourceName => "HardwareAttestation.Verifier";
}
