namespace HardwareAttestation.Client;

/// <summary>A key or its blob cannot be used: the blob cannot be read or written, is damaged, belongs to another TPM, or lost its parent when the TPM was cleared.</summary>
public sealed class TpmKeyException : HardwareAttestationException
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">What is wrong, and what to do.</param>
    /// <param name="fault">What is wrong, for programs.</param>
    /// <param name="innerException">The cause, if another exception was.</param>
    public TpmKeyException(string message, TpmKeyFault fault, Exception? innerException = null)
        : base(message, innerException)
    {
        Fault = fault;
    }

    /// <summary>What is wrong, for programs.</summary>
    public TpmKeyFault Fault { get; }
}
