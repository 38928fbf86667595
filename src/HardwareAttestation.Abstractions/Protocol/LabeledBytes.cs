using System.Buffers.Binary;
using System.Text;

namespace HardwareAttestation.Protocol;

/// <summary>Bytes that a proof is over: a label that says what for, and fields, each with its length in front as a UINT16, big-endian.</summary>
internal static class LabeledBytes
{
    /// <param name="label">Ends with a NUL, so that no label is the beginning of another.</param>
    /// <param name="challengeId">A field, in UTF-8.</param>
    /// <param name="nodeId">A field, in UTF-8.</param>
    /// <param name="rest">One more field, or null for none.</param>
    /// <exception cref="InvalidOperationException">A field is longer than 65,535 bytes.</exception>
    public static byte[] Build(ReadOnlySpan<byte> label, string challengeId, string nodeId, ReadOnlyMemory<byte>? rest)
    {
        byte[] challenge = Encoding.UTF8.GetBytes(challengeId);
        byte[] node = Encoding.UTF8.GetBytes(nodeId);
        int restSize = rest is { } counted ? sizeof(ushort) + counted.Length : 0;
        byte[] bytes = new byte[label.Length + sizeof(ushort) + challenge.Length + sizeof(ushort) + node.Length + restSize];
        label.CopyTo(bytes);
        Span<byte> destination = Append(bytes.AsSpan(label.Length), challenge);
        destination = Append(destination, node);
        if (rest is { } last)
        {
            Append(destination, last.Span);
        }

        return bytes;
    }

    private static Span<byte> Append(Span<byte> destination, ReadOnlySpan<byte> field)
    {
        if (field.Length > ushort.MaxValue)
        {
            throw new InvalidOperationException("A field of the message is longer than 65,535 bytes.");
        }

        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)field.Length);
        field.CopyTo(destination[sizeof(ushort)..]);
        return destination[(sizeof(ushort) + field.Length)..];
    }
}
