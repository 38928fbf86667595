using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client;

/// <summary>The policies of endorsement keys (TCG EK Credential Profile 2.5, annex B.6). A test derives each of them.</summary>
internal static class EndorsementPolicies
{
    private static readonly byte[] BSha256 = Convert.FromHexString("CA3D0A99A2B93906F7A3342414EFCFB3A385D44CD1FD459089D19B5071C0B7A0");

    private static readonly byte[] BSha384 = Convert.FromHexString(
        "B26E7D28D11A50BC53D882BCF5FD3A1A074148BB35D3B4E4CB1C0AD9BDE419CACB47BA09699646150F9FC000F3F80E12");

    private static readonly byte[] BSha512 = Convert.FromHexString(
        "B8221CA69E8550A4914DE3FAA6A18C072CC01208073A928D5D66D59EF79E49A429C41A6B269571D57EDB25FBDB1838425608B413CD616A5F6DB5B6071AF99BEA");

    /// <summary>PolicyA, of low-range keys: PolicySecret(TPM_RH_ENDORSEMENT) with an empty policyRef, which extends twice (Part 3, section 23.4).</summary>
    public static byte[] A(TpmAlgId nameAlg)
    {
        TpmHash.TryGetDigestSize(nameAlg, out int digestSize);
        Span<byte> buffer = stackalloc byte[TpmHash.MaximumDigestSize + (2 * sizeof(uint))];
        TpmWriter writer = new(buffer);
        writer.WriteBytes(new byte[digestSize]);
        writer.WriteUInt32((uint)TpmCommandCode.PolicySecret);
        writer.WriteHandle(TpmHandle.Endorsement);
        return TpmHash.HashData(nameAlg, TpmHash.HashData(nameAlg, writer.Written));
    }

    /// <summary>PolicyB, of high-range keys: PolicyOR(PolicyA, PolicyC).</summary>
    public static ReadOnlySpan<byte> B(TpmAlgId nameAlg) => nameAlg switch
    {
        TpmAlgId.Sha256 => BSha256,
        TpmAlgId.Sha384 => BSha384,
        TpmAlgId.Sha512 => BSha512,
        _ => throw new ArgumentOutOfRangeException(nameof(nameAlg), nameAlg, "No endorsement key template has this hash algorithm."),
    };

    /// <summary>What PolicyB is an OR of: PolicyA, which a session satisfies with the endorsement hierarchy's value, and PolicyC.</summary>
    public static IReadOnlyList<byte[]> BranchesOfB(TpmAlgId nameAlg)
    {
        byte[] policyA = A(nameAlg);
        return [policyA, PolicyC(nameAlg, policyA)];
    }

    // PolicyAuthorizeNV of an index that the profile lays down, which holds a policy that its owner may change (Part 3, section 23.22).
    private static byte[] PolicyC(TpmAlgId hash, byte[] policyA)
    {
        const uint PolicyIndexAttributes = 0x220F1008;
        const uint PolicyAuthorizeNV = 0x00000192;
        uint index = hash switch
        {
            TpmAlgId.Sha256 => 0x01C07F01,
            TpmAlgId.Sha384 => 0x01C07F02,
            TpmAlgId.Sha512 => 0x01C07F03,
            _ => throw new ArgumentOutOfRangeException(nameof(hash), hash, "No endorsement key template has this hash algorithm."),
        };
        Span<byte> buffer = stackalloc byte[256];
        TpmWriter nvPublic = new(buffer);
        nvPublic.WriteUInt32(index);
        nvPublic.WriteAlgorithm(hash);
        nvPublic.WriteUInt32(PolicyIndexAttributes);
        nvPublic.WriteSized(policyA);
        nvPublic.WriteUInt16((ushort)(sizeof(ushort) + policyA.Length));
        byte[] nameDigest = TpmHash.HashData(hash, nvPublic.Written);

        TpmWriter policy = new(buffer);
        policy.WriteBytes(new byte[policyA.Length]);
        policy.WriteUInt32(PolicyAuthorizeNV);
        policy.WriteAlgorithm(hash);
        policy.WriteBytes(nameDigest);
        return TpmHash.HashData(hash, policy.Written);
    }
}
