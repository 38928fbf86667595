namespace HardwareAttestation.Verifier;

/// <summary>Bytes are not a device record, or not one that this version of the library can read. The message says what is wrong with them.</summary>
public sealed class DeviceRecordFormatException : FormatException
{
    internal DeviceRecordFormatException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
