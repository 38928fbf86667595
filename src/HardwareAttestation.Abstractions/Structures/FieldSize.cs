namespace HardwareAttestation.Structures;

/// <summary>What is too long for a field is refused when a structure is made, as it is when one is read.</summary>
internal static class FieldSize
{
    /// <exception cref="ArgumentException">There are more bytes.</exception>
    public static void Check(ReadOnlySpan<byte> bytes, int maximum, string what, string parameter)
    {
        if (bytes.Length > maximum)
        {
            throw new ArgumentException($"{what} has at most {maximum} bytes, and {bytes.Length} were given.", parameter);
        }
    }
}
