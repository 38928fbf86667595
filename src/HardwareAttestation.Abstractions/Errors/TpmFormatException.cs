namespace HardwareAttestation;

/// <summary>Bytes are not the TPM structure that they should be: cut short, too long, or with a field that the structure does not allow.</summary>
public sealed class TpmFormatException : HardwareAttestationException
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">Which structure and field, and what is wrong with it.</param>
    /// <param name="innerException">The cause, if another exception was.</param>
    public TpmFormatException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
