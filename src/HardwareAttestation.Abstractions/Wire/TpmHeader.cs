using HardwareAttestation.Structures;

namespace HardwareAttestation.Wire;

/// <summary>
/// The header that every command and every response begins with, ten bytes, big-endian: tag (2), size of the whole (4), command or response code (4)
/// (TPM 2.0 Library, Part 1, section 18.1).
/// </summary>
/// <param name="Tag">
/// <see cref="TpmSt.NoSessions"/> or <see cref="TpmSt.Sessions"/>; in a response also <see cref="TpmSt.RspCommand"/>, as a TPM 1.2 has it, for a command with a bad tag.
/// </param>
/// <param name="Size">The size of the whole command or response in bytes, the header included: 10 to <see cref="TpmWire.MaximumSize"/>.</param>
/// <param name="Code">The code of the command, or of the response.</param>
public readonly record struct TpmHeader(TpmSt Tag, int Size, uint Code) : ITpmStructure<TpmHeader>
{
    private const int HeaderSize = sizeof(ushort) + sizeof(uint) + sizeof(uint);

    /// <summary>The size of a header in bytes.</summary>
    public static int EncodedSize => HeaderSize;

    /// <summary>The code, where the header is a command's.</summary>
    public TpmCommandCode CommandCode => (TpmCommandCode)Code;

    /// <summary>The code, where the header is a response's.</summary>
    public TpmResponseCode ResponseCode => new(Code);

    /// <summary>Reads a header. What follows it may still be on its way.</summary>
    /// <param name="reader">The reader.</param>
    /// <returns>The header.</returns>
    /// <exception cref="TpmFormatException">Fewer than ten bytes are left, the tag is none of a command or response, or the size is not one that they can have.</exception>
    public static TpmHeader Read(ref TpmReader reader)
    {
        var tag = (TpmSt)reader.ReadUInt16("tag");
        if (tag is not (TpmSt.NoSessions or TpmSt.Sessions or TpmSt.RspCommand))
        {
            throw new TpmFormatException($"The tag 0x{(ushort)tag:X4} is not that of a TPM command or response.");
        }

        uint size = reader.ReadUInt32("size");
        return size >= HeaderSize && size <= TpmWire.MaximumSize
            ? new(tag, (int)size, reader.ReadUInt32("code"))
            : throw new TpmFormatException($"The size field says {size} bytes, and TPM commands and responses have {HeaderSize} to {TpmWire.MaximumSize}.");
    }

    /// <summary>Reads the header of one whole command or response.</summary>
    /// <param name="message">The command or response, and nothing after it.</param>
    /// <returns>The header.</returns>
    /// <exception cref="TpmFormatException">It does not begin with a header, or the header's size is not the message's.</exception>
    public static TpmHeader ReadWhole(ReadOnlySpan<byte> message)
    {
        TpmReader reader = new(message);
        TpmHeader header = Read(ref reader);
        return header.Size == message.Length
            ? header
            : throw new TpmFormatException($"The size field says {header.Size} bytes, and there are {message.Length}.");
    }

    /// <summary>Writes a response that has a code and nothing else, as every refusal is.</summary>
    /// <param name="destination">Where to write; ten bytes are enough.</param>
    /// <param name="code">The code.</param>
    /// <returns>The size of the response.</returns>
    /// <exception cref="InvalidOperationException"><paramref name="destination"/> has fewer than ten bytes.</exception>
    public static int WriteResponse(Span<byte> destination, TpmResponseCode code)
    {
        TpmWriter writer = new(destination);
        new TpmHeader(TpmSt.NoSessions, HeaderSize, code.Value).Write(ref writer);
        return writer.Position;
    }

    /// <inheritdoc/>
    public void Write(ref TpmWriter writer)
    {
        writer.WriteUInt16((ushort)Tag);
        writer.WriteUInt32((uint)Size);
        writer.WriteUInt32(Code);
    }
}
