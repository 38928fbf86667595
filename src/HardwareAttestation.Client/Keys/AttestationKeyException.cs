namespace HardwareAttestation.Client;

/// <summary>An attestation key or its blob cannot be used: the blob cannot be read or written, is damaged, or belongs to another TPM or to an endorsement key that is no more.</summary>
public sealed class AttestationKeyException : HardwareAttestationException
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">What is wrong, and what to do.</param>
    /// <param name="innerException">The cause, if another exception was.</param>
    public AttestationKeyException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
