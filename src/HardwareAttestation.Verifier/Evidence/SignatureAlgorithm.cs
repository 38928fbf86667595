using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>The signature algorithm that a key's own scheme says: never the one that a message says.</summary>
internal readonly record struct SignatureAlgorithm(TpmAlgId Scheme, TpmAlgId Hash)
{
    public static bool TryGet(TpmtPublic key, out SignatureAlgorithm algorithm)
    {
        TpmtScheme scheme = key.Parameters switch
        {
            TpmsRsaParms rsa when rsa.Scheme.Scheme is TpmAlgId.RsaSsa or TpmAlgId.RsaPss => rsa.Scheme,
            TpmsEccParms ecc when ecc.Scheme.Scheme is TpmAlgId.EcDsa => ecc.Scheme,
            _ => TpmtScheme.Null,
        };
        algorithm = new(scheme.Scheme, scheme.HashAlg);
        return scheme.HashAlg is TpmAlgId.Sha256 or TpmAlgId.Sha384 or TpmAlgId.Sha512;
    }

    public override string ToString() => $"{Scheme} with {Hash}";
}
