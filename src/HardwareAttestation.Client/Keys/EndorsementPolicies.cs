using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>The policies of endorsement keys (TCG EK Credential Profile 2.5, annex B.6). A test derives each of them.</summary>
internal static class EndorsementPolicies
{
    private static readonly byte[] BSha256 = Convert.FromHexString("CA3D0A99A2B93906F7A3342414EFCFB3A385D44CD1FD459089D19B5071C0B7A0");

    private static readonly byte[] BSha384 = Convert.FromHexString(
        "B26E7D28D11A50BC53D882BCF5FD3A1A074148BB35D3B4E4CB1C0AD9BDE419CACB47BA09699646150F9FC000F3F80E12");

    private static readonly byte[] BSha512 = Convert.FromHexString(
        "B8221CA69E8550A4914DE3FAA6A18C072CC01208073A928D5D66D59EF79E49A429C41A6B269571D57EDB25FBDB1838425608B413CD616A5F6DB5B6071AF99BEA");

    /// <summary>PolicyA with SHA-256, of low-range keys: PolicySecret(TPM_RH_ENDORSEMENT).</summary>
    public static ReadOnlySpan<byte> A =>
    [
        0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xB3, 0xF8, 0x1A, 0x90, 0xCC, 0x8D, 0x46, 0xA5, 0xD7, 0x24,
        0xFD, 0x52, 0xD7, 0x6E, 0x06, 0x52, 0x0B, 0x64, 0xF2, 0xA1, 0xDA, 0x1B, 0x33, 0x14, 0x69, 0xAA,
    ];

    /// <summary>PolicyB, of high-range keys: PolicyOR(PolicyA, PolicyC).</summary>
    public static ReadOnlySpan<byte> B(TpmAlgId nameAlg) => nameAlg switch
    {
        TpmAlgId.Sha256 => BSha256,
        TpmAlgId.Sha384 => BSha384,
        TpmAlgId.Sha512 => BSha512,
        _ => throw new ArgumentOutOfRangeException(nameof(nameAlg), nameAlg, "No endorsement key template has this hash algorithm."),
    };
}
