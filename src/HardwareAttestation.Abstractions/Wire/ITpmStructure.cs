namespace HardwareAttestation.Wire;

/// <summary>A TPM structure that can be read from its wire form and written back byte for byte.</summary>
/// <remarks>Sections of the TPM 2.0 Library are cited throughout as numbered in its revision 01.59.</remarks>
/// <typeparam name="TSelf">The structure.</typeparam>
public interface ITpmStructure<TSelf>
    where TSelf : ITpmStructure<TSelf>
{
    /// <summary>Reads one structure where <paramref name="reader"/> stands, and leaves it behind the structure.</summary>
    /// <param name="reader">The reader.</param>
    /// <returns>The structure, which holds copies of its bytes.</returns>
    /// <exception cref="TpmFormatException">The bytes are not such a structure.</exception>
    static abstract TSelf Read(ref TpmReader reader);

    /// <summary>Writes the structure where <paramref name="writer"/> stands.</summary>
    /// <param name="writer">The writer.</param>
    void Write(ref TpmWriter writer);
}
