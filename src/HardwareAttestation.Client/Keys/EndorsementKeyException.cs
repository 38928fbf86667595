namespace HardwareAttestation.Client;

/// <summary>The machine's endorsement key cannot be used as it is: its certificate is damaged, or belongs to another key.</summary>
public sealed class EndorsementKeyException : HardwareAttestationException
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">What is wrong, and what to do.</param>
    /// <param name="innerException">The cause, if another exception was.</param>
    public EndorsementKeyException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
