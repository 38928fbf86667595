using System.Diagnostics.CodeAnalysis;

namespace HardwareAttestation.Wire;

/// <summary>Whole structures to and from byte strings.</summary>
public static class TpmWire
{
    /// <summary>The largest command or response of a TPM in bytes; no structure in use is larger.</summary>
    public static int MaximumSize => 4096;

    /// <summary>Reads bytes that are exactly one structure.</summary>
    /// <typeparam name="T">The structure.</typeparam>
    /// <param name="bytes">The wire form, nothing before and nothing after it.</param>
    /// <returns>The structure.</returns>
    /// <exception cref="TpmFormatException">The bytes are not such a structure, more follows it, or they are more than <see cref="MaximumSize"/>.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> bytes)
        where T : ITpmStructure<T>
    {
        // Some structures end with a field that takes whatever is left.
        if (bytes.Length > MaximumSize)
        {
            throw new TpmFormatException($"{typeof(T).Name} is {bytes.Length} bytes long, and at most {MaximumSize} are allowed.");
        }

        TpmReader reader = new(bytes);
        T structure = T.Read(ref reader);
        reader.ExpectEnd(typeof(T).Name);
        return structure;
    }

    /// <summary>Reads bytes that are exactly one structure, if they are.</summary>
    /// <typeparam name="T">The structure.</typeparam>
    /// <param name="bytes">The wire form, nothing before and nothing after it.</param>
    /// <param name="structure">The structure.</param>
    /// <returns>Whether the bytes are such a structure. <see cref="Parse"/> says what is wrong with others.</returns>
    public static bool TryParse<T>(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out T? structure)
        where T : ITpmStructure<T>
    {
        try
        {
            structure = Parse<T>(bytes);
            return true;
        }
        catch (TpmFormatException)
        {
            structure = default;
            return false;
        }
    }

    /// <summary>Reads bytes that are exactly one structure with a UINT16 size in front (a TPM2B).</summary>
    /// <typeparam name="T">The structure.</typeparam>
    /// <param name="bytes">The size and the structure, nothing before and nothing after them.</param>
    /// <returns>The structure.</returns>
    /// <exception cref="TpmFormatException">The bytes are not such a structure, the size lies, or more follows.</exception>
    public static T ParseSized<T>(ReadOnlySpan<byte> bytes)
        where T : ITpmStructure<T>
    {
        TpmReader reader = new(bytes);
        ReadOnlySpan<byte> body = reader.ReadSized(typeof(T).Name);
        reader.ExpectEnd(typeof(T).Name);
        return Parse<T>(body);
    }

    /// <summary>Writes a structure.</summary>
    /// <typeparam name="T">The structure.</typeparam>
    /// <param name="structure">The structure.</param>
    /// <returns>Its wire form.</returns>
    /// <exception cref="InvalidOperationException">The wire form is larger than <see cref="MaximumSize"/>.</exception>
    public static byte[] Encode<T>(this T structure)
        where T : ITpmStructure<T>
    {
        ArgumentNullException.ThrowIfNull(structure);
        Span<byte> buffer = stackalloc byte[MaximumSize];
        TpmWriter writer = new(buffer);
        structure.Write(ref writer);
        return writer.Written.ToArray();
    }

    /// <summary>Writes a structure with a UINT16 size in front (a TPM2B).</summary>
    /// <typeparam name="T">The structure.</typeparam>
    /// <param name="structure">The structure.</param>
    /// <returns>The size and the wire form.</returns>
    /// <exception cref="InvalidOperationException">The size and the wire form are larger than <see cref="MaximumSize"/>.</exception>
    public static byte[] EncodeSized<T>(this T structure)
        where T : ITpmStructure<T>
    {
        ArgumentNullException.ThrowIfNull(structure);
        Span<byte> buffer = stackalloc byte[MaximumSize];
        TpmWriter writer = new(buffer);
        int start = writer.BeginSized();
        structure.Write(ref writer);
        writer.EndSized(start);
        return writer.Written.ToArray();
    }
}
