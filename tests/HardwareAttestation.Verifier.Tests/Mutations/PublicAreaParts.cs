using System.Buffers.Binary;
using System.Numerics;

namespace HardwareAttestation.Verifier.Tests.Mutations;

/// <summary>Names the fields of a TPM2B_PUBLIC (TPM 2.0 Library, Part 2, section 12.2.4), so that changes can be explained by what they are in.</summary>
internal static class PublicAreaParts
{
    /// <summary>Where objectAttributes end.</summary>
    public const int AttributesEnd = Policy;

    private const int Attributes = 6;
    private const int Policy = 10;

    /// <param name="right">The right bytes.</param>
    /// <param name="change">A change of one of them.</param>
    public static string? NameOf(byte[] right, ByteChange change)
    {
        int policySize = BinaryPrimitives.ReadUInt16BigEndian(right.AsSpan(Policy));
        return change.Position switch
        {
            < 0 => null,
            < 2 => "size",
            < 4 => "type",
            < Attributes => "nameAlg",
            < Policy => $"objectAttributes, {NameOfBits(right, change.Bytes)}",
            < Policy + 2 => "authPolicy's size",
            _ when change.Position < Policy + 2 + policySize => "authPolicy",
            _ => "parameters and key",
        };
    }

    private static string NameOfBits(byte[] right, byte[] changed)
    {
        uint bits = BinaryPrimitives.ReadUInt32BigEndian(right.AsSpan(Attributes)) ^ BinaryPrimitives.ReadUInt32BigEndian(changed.AsSpan(Attributes));
        return BitOperations.IsPow2(bits) ? $"bit {BitOperations.Log2(bits)}" : "several bits";
    }
}
