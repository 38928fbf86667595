using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>What the certification of an NV index (TPM2_NV_Certify) is judged against: all of it known to the verifier, and none of it from the message.</summary>
public sealed class NVCertifyExpectation : AttestationExpectation
{
    /// <summary>
    /// The public area that the index must have, which its Name is computed from. Its attributes are those of an index that was written:
    /// with <see cref="TpmaNV.Written"/>, and with <see cref="TpmaNV.WriteLocked"/> if it must be locked.
    /// </summary>
    public required TpmsNVPublic NVPublic { get; init; }

    /// <summary>Where in the index the certified contents must begin, in bytes.</summary>
    public ushort Offset { get; init; }

    /// <summary>How many bytes must be certified; null for all to the end of the index.</summary>
    public ushort? Size { get; init; }

    /// <summary>What the contents must be, byte for byte; null where any are right, and the result is to tell them.</summary>
    public ReadOnlyMemory<byte>? Contents { get; init; }
}
