namespace HardwareAttestation.Emulation;

/// <summary>An emulator is missing, or did not do what it was asked to do. The message says which, and what to do.</summary>
public sealed class EmulationException : Exception
{
    /// <summary>Makes an exception that says what happened and what to do.</summary>
    public EmulationException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception that says what happened and what to do, and carries its cause.</summary>
    public EmulationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
