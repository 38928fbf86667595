using System.Buffers.Binary;

namespace HardwareAttestation.Client;

/// <summary>
/// The header that commands and responses begin with, big-endian: tag (2 bytes), size of the whole (4), command or response code (4)
/// (TPM 2.0 Library, Part 1, section 18.1).
/// </summary>
internal static class TpmHeader
{
    internal const int Size = 10;

    /// <summary>What TPMs have as TPM_PT_MAX_COMMAND_SIZE and TPM_PT_MAX_RESPONSE_SIZE, or less.</summary>
    internal const int MaxSize = 4096;

    private const int SizeOffset = 2;
    private const int CodeOffset = 6;

    // TPM_ST_NO_SESSIONS, TPM_ST_SESSIONS, and TPM_ST_RSP_COMMAND, the tag of TPM 1.2 that answers a command with a bad tag.
    private const ushort NoSessions = 0x8001;
    private const ushort Sessions = 0x8002;
    private const ushort ResponseCommand = 0x00C4;

    /// <exception cref="ArgumentException">The command is not one that can be sent.</exception>
    internal static void CheckCommand(ReadOnlySpan<byte> command)
    {
        if (command.Length < Size)
        {
            throw new ArgumentException($"A TPM command begins with a header of {Size} bytes; this one has {command.Length} bytes.", nameof(command));
        }

        if (command.Length > MaxSize)
        {
            throw new ArgumentException($"A TPM command has at most {MaxSize} bytes; this one has {command.Length} bytes.", nameof(command));
        }

        uint size = BinaryPrimitives.ReadUInt32BigEndian(command[SizeOffset..]);
        if (size != command.Length)
        {
            throw new ArgumentException(
                $"The size field of the TPM command says {size} bytes, and the command has {command.Length}. Pass the command's bytes and no others.",
                nameof(command));
        }
    }

    /// <summary>The size of a response, from its header.</summary>
    /// <param name="response">At least the header.</param>
    /// <param name="device">The device for the exception's message.</param>
    /// <exception cref="TpmDeviceException">This is not the header of a response.</exception>
    internal static int ReadResponseSize(ReadOnlySpan<byte> response, string device)
    {
        ushort tag = BinaryPrimitives.ReadUInt16BigEndian(response);
        if (tag is not (NoSessions or Sessions or ResponseCommand))
        {
            throw new TpmDeviceException(
                device, $"what came back is not a TPM response: its tag is 0x{tag:X4}. Check that a TPM 2.0 is what the device string leads to.");
        }

        uint size = BinaryPrimitives.ReadUInt32BigEndian(response[SizeOffset..]);
        return size is >= Size and <= MaxSize
            ? (int)size
            : throw new TpmDeviceException(
                device, $"what came back is not a TPM response: its size field says {size} bytes, and responses have {Size} to {MaxSize}.");
    }

    /// <exception cref="TpmDeviceException">This is not one whole response.</exception>
    internal static void CheckResponse(ReadOnlySpan<byte> response, string device)
    {
        if (response.Length < Size)
        {
            throw new TpmDeviceException(device, $"only {response.Length} bytes came back, less than the header of a TPM response.");
        }

        int size = ReadResponseSize(response, device);
        if (size != response.Length)
        {
            throw new TpmDeviceException(device, $"the size field of the TPM's response says {size} bytes, and {response.Length} came.");
        }
    }

    /// <summary>The response code of a response that was checked.</summary>
    internal static TpmResponseCode ReadResponseCode(ReadOnlySpan<byte> response) =>
        new(BinaryPrimitives.ReadUInt32BigEndian(response[CodeOffset..]));

    /// <summary>Writes a response that has a code and nothing else, for refusals that reach us in another form than a response.</summary>
    /// <returns>The length of the response.</returns>
    internal static int WriteResponse(Span<byte> response, uint code)
    {
        BinaryPrimitives.WriteUInt16BigEndian(response, NoSessions);
        BinaryPrimitives.WriteUInt32BigEndian(response[SizeOffset..], Size);
        BinaryPrimitives.WriteUInt32BigEndian(response[CodeOffset..], code);
        return Size;
    }
}
