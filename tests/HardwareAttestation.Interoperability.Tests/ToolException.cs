namespace HardwareAttestation.Interoperability.Tests;

/// <summary>A tool is missing or failed.</summary>
internal sealed class ToolException : Exception
{
    public ToolException(string message)
        : base(message)
    {
    }
}
