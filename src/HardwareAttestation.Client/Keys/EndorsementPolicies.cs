using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>The policies of endorsement keys (TCG EK Credential Profile 2.5, annex B.6). A test derives each of them.</summary>
internal static class EndorsementPolicies
{
    private static readonly byte[] ASha256 = Convert.FromHexString("837197674484B3F81A90CC8D46A5D724FD52D76E06520B64F2A1DA1B331469AA");

    private static readonly byte[] ASha384 = Convert.FromHexString(
        "8BBF2266537C171CB56E403C4DC1D4B64F432611DC386E6F532050C3278C930E143E8BB1133824CCB431053871C6DB53");

    private static readonly byte[] ASha512 = Convert.FromHexString(
        "1E3B76502C8A1425AA0B7B3FC646A1B0FAE063B03B5368F9C4CDDECAFF0891DD682BAC1A85D4D832B781EA451915DE5FC5BF0DC4A1917CD42FA041E3F998E0EE");

    private static readonly byte[] BSha256 = Convert.FromHexString("CA3D0A99A2B93906F7A3342414EFCFB3A385D44CD1FD459089D19B5071C0B7A0");

    private static readonly byte[] BSha384 = Convert.FromHexString(
        "B26E7D28D11A50BC53D882BCF5FD3A1A074148BB35D3B4E4CB1C0AD9BDE419CACB47BA09699646150F9FC000F3F80E12");

    private static readonly byte[] BSha512 = Convert.FromHexString(
        "B8221CA69E8550A4914DE3FAA6A18C072CC01208073A928D5D66D59EF79E49A429C41A6B269571D57EDB25FBDB1838425608B413CD616A5F6DB5B6071AF99BEA");

    private static readonly byte[] CSha256 = Convert.FromHexString("3767E2EDD43FF45A3A7E1EAEFCEF78643DCA964632E7AAD82C673A30D8633FDE");

    private static readonly byte[] CSha384 = Convert.FromHexString(
        "D6032CE61F2FB3C240EB3CF6A33237EF2B6A16F4293C22B455E261CFFD217AD5B4947C2D73E63005EED2DC2B3593D165");

    private static readonly byte[] CSha512 = Convert.FromHexString(
        "589EE1E146544716E8DEAFE6DB247B01B81E9F9C7DD16B814AA159138749105FBA5388DD1DEA702F35240C184933121E2C61B8F50D3EF91393A49A38C3F73FC8");

    /// <summary>PolicyA: PolicySecret(TPM_RH_ENDORSEMENT), by itself that of low-range keys.</summary>
    public static ReadOnlyMemory<byte> A(TpmAlgId nameAlg) => nameAlg switch
    {
        TpmAlgId.Sha256 => ASha256,
        TpmAlgId.Sha384 => ASha384,
        TpmAlgId.Sha512 => ASha512,
        _ => throw new ArgumentOutOfRangeException(nameof(nameAlg), nameAlg, "No endorsement key template has this hash algorithm."),
    };

    /// <summary>PolicyB, of high-range keys: PolicyOR(PolicyA, PolicyC).</summary>
    public static ReadOnlySpan<byte> B(TpmAlgId nameAlg) => nameAlg switch
    {
        TpmAlgId.Sha256 => BSha256,
        TpmAlgId.Sha384 => BSha384,
        TpmAlgId.Sha512 => BSha512,
        _ => throw new ArgumentOutOfRangeException(nameof(nameAlg), nameAlg, "No endorsement key template has this hash algorithm."),
    };

    /// <summary>PolicyC: PolicyAuthorizeNV of an NV index of the TPM's maker, the branch of PolicyB that is not taken here.</summary>
    public static ReadOnlyMemory<byte> C(TpmAlgId nameAlg) => nameAlg switch
    {
        TpmAlgId.Sha256 => CSha256,
        TpmAlgId.Sha384 => CSha384,
        TpmAlgId.Sha512 => CSha512,
        _ => throw new ArgumentOutOfRangeException(nameof(nameAlg), nameAlg, "No endorsement key template has this hash algorithm."),
    };
}
