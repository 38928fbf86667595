namespace HardwareAttestation;

/// <summary>What every exception of this SDK is, misuse of the API (<see cref="ArgumentException"/>, <see cref="InvalidOperationException"/>) apart.</summary>
public abstract class HardwareAttestationException : Exception
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">What happened, where, and what to do.</param>
    /// <param name="innerException">The cause, if another exception was.</param>
    protected HardwareAttestationException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
