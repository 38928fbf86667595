using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace HardwareAttestation.Client;

/// <summary>The names of what can be watched of the client: tell them to whatever collects metrics and traces.</summary>
/// <remarks>
/// <para>Histograms in seconds: <c>tpm.client.command.duration</c>, of each TPM command, with tags <c>tpm.command</c> (e.g. <c>TPM2_Quote</c>) and <c>tpm.device</c>;
/// <c>tpm.client.operation.duration</c>, of each operation of the client, with <c>tpm.operation</c> (e.g. <c>quote</c>) and <c>tpm.device</c>. Both have <c>error.type</c> where it
/// failed: the error's name where the TPM refused (e.g. <c>Lockout</c>), or else the exception's full name. Counter: <c>tpm.client.command.retries</c>, with <c>tpm.command</c>,
/// <c>tpm.device</c> and the cause as <c>error.type</c>.</para>
/// <para>Activities are named after operations and commands, with the same tags. Nothing that a command or response holds is among them.</para>
/// </remarks>
public static class AttestationClientDiagnostics
{
    /// <summary>The name of the <see cref="Meter"/>.</summary>
    public const string MeterName = "HardwareAttestation.Client";

    /// <summary>The name of the <see cref="ActivitySource"/>.</summary>
    public const string ActivitySourceName = "HardwareAttestation.Client";
}
