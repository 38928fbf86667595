namespace HardwareAttestation;

/// <summary>What the other side has sent is no message of the attestation protocol that can be answered: it is of another version, or a field of it is malformed or too long.</summary>
public sealed class AttestationProtocolException : HardwareAttestationException
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">What is wrong with the message, and what to do.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public AttestationProtocolException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
