using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace HardwareAttestation.Client.Tests.Devices;

/// <summary>Commands whose responses tell which command they answer.</summary>
internal static class TestCommands
{
    private const int HeaderSize = 10;

    /// <summary>TPM2_GetRandom (TPM 2.0 Library, Part 3, section 16.1).</summary>
    internal static byte[] GetRandom(ushort count)
    {
        byte[] command = [0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x7B, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(command.AsSpan(HeaderSize), count);
        return command;
    }

    /// <summary>TPM2_Hash of a text with SHA-256 (TPM 2.0 Library, Part 3, section 15.4).</summary>
    internal static byte[] Hash(string text)
    {
        byte[] data = Encoding.UTF8.GetBytes(text);
        byte[] command =
        [
            0x80, 0x01, 0, 0, 0, 0, 0, 0, 0x01, 0x7D,
            0, (byte)data.Length, .. data,
            0x00, 0x0B, // TPM_ALG_SHA256
            0x40, 0x00, 0x00, 0x07, // TPM_RH_NULL
        ];
        BinaryPrimitives.WriteInt32BigEndian(command.AsSpan(2), command.Length);
        return command;
    }

    /// <summary>Whether a response is the one to <see cref="Hash"/> of this text.</summary>
    internal static bool IsHashOf(string text, ReadOnlySpan<byte> response) =>
        response.Length > HeaderSize + 2 + SHA256.HashSizeInBytes
        && ResponseCode(response) == 0
        && response.Slice(HeaderSize + 2, SHA256.HashSizeInBytes).SequenceEqual(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    internal static uint ResponseCode(ReadOnlySpan<byte> response) => BinaryPrimitives.ReadUInt32BigEndian(response[6..]);

    internal static uint CommandCode(ReadOnlySpan<byte> command) => BinaryPrimitives.ReadUInt32BigEndian(command[6..]);

    /// <summary>Has the device hash a text, and fails unless the response is the one to this command.</summary>
    internal static async Task HashAsync(ITpmDevice device, string text, CancellationToken cancellationToken = default)
    {
        byte[] response = new byte[4096];
        int length = await device.ExecuteAsync(Hash(text), response, cancellationToken);
        IsHashOf(text, response.AsSpan(0, length)).Should().BeTrue($"the response to the command about '{text}' was {Convert.ToHexString(response, 0, length)}");
    }
}
