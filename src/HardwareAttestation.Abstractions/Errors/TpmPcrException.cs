namespace HardwareAttestation;

/// <summary>
/// The TPM answers, and what was asked of its PCRs cannot be had: it lacks a bank or a PCR, or they change faster than they can be quoted. Connecting anew changes nothing; asking for others does.
/// </summary>
public sealed class TpmPcrException : HardwareAttestationException
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">Which TPM, which PCRs, and what to do.</param>
    /// <param name="innerException">The cause, if another exception was.</param>
    public TpmPcrException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
