using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier.Tests;

/// <summary>What attestations of each type hold, right in form, without the help of the code under test.</summary>
internal static class AttestedBodies
{
    /// <summary>Every type of attestation that there is, and one that is not.</summary>
    public static readonly int[] Types = [0x8014, 0x8015, 0x8016, 0x8017, 0x8018, 0x8019, 0x801A, 0x801C, 0x0000];

    /// <summary>A right body of a type; that of a quote where the type is not looked into.</summary>
    public static byte[] Of(int type) => type switch
    {
        0x8014 => NVCertify(new byte[34], 0, [1, 2, 3]),
        0x8017 => Certify(new byte[34], new byte[34]),
        0x8019 => Time(7, new TpmsClockInfo(1000, 1, 0, true)),
        0x801A => new TestWire().Sized(new byte[34]).Sized(new byte[32]).ToArray(),
        _ => new TestWire().U32(1).U16(0x000B).U8(3).Raw([0x83, 0, 0]).Sized(new byte[32]).ToArray(),
    };

    /// <summary>TPMS_CERTIFY_INFO.</summary>
    public static byte[] Certify(byte[] name, byte[] qualifiedName) => new TestWire().Sized(name).Sized(qualifiedName).ToArray();

    /// <summary>TPMS_TIME_ATTEST_INFO.</summary>
    public static byte[] Time(ulong time, TpmsClockInfo clock) => new TestWire()
        .U64(time).U64(clock.Clock).U32(clock.ResetCount).U32(clock.RestartCount).U8((byte)(clock.Safe ? 1 : 0)).U64(0x2019102300163636).ToArray();

    /// <summary>TPMS_NV_CERTIFY_INFO.</summary>
    public static byte[] NVCertify(byte[] name, int offset, byte[] contents) => new TestWire().Sized(name).U16(offset).Sized(contents).ToArray();

    /// <summary>A Name: SHA-256, and the digest of a public area.</summary>
    public static byte[] NameOf(ReadOnlySpan<byte> publicArea) =>
        new TestWire().U16(0x000B).Raw(TpmHash.HashData(TpmAlgId.Sha256, publicArea)).ToArray();
}
