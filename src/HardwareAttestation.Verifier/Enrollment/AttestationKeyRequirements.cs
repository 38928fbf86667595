using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>Which attestation keys are accepted, beyond what every attestation key must be. Asked at enrolment, and again of the enrolled key at every boot.</summary>
public sealed class AttestationKeyRequirements
{
    private const int LeastAcceptedRsaKeySize = 2048;
    private const int GreatestAcceptedRsaKeySize = 4096;

    // Which kinds there are is a matter of the machines, and mostly one.
    private readonly RepeatingCheck<KeyKind> _allowed = new(CheckIds.AkAllowed, kind => $"The attestation key is of a kind that is allowed here: {kind}.");

    /// <summary>Whether the storage root key may be the key's parent, instead of the endorsement key. The default is true.</summary>
    public bool AllowStorageRootKeyParent { get; set; } = true;

    /// <summary>How many bits an RSA key has at least, 2048 to 4096. The default is 2048.</summary>
    public int MinimumRsaKeySize { get; set; } = LeastAcceptedRsaKeySize;

    /// <summary>The signature schemes: RSASSA, RSAPSS and ECDSA unless some are taken out. At least one is needed.</summary>
    public ISet<TpmAlgId> Schemes { get; } = new HashSet<TpmAlgId> { TpmAlgId.RsaSsa, TpmAlgId.RsaPss, TpmAlgId.EcDsa };

    /// <summary>The hash algorithms of the signature schemes: SHA-256, SHA-384 and SHA-512 unless some are taken out. At least one is needed.</summary>
    public ISet<TpmAlgId> Hashes { get; } = new HashSet<TpmAlgId> { TpmAlgId.Sha256, TpmAlgId.Sha384, TpmAlgId.Sha512 };

    /// <summary>The curves: P-256, P-384 and P-521 unless some are taken out. With none, ECC keys are refused.</summary>
    public ISet<TpmEccCurve> Curves { get; } = new HashSet<TpmEccCurve> { TpmEccCurve.NistP256, TpmEccCurve.NistP384, TpmEccCurve.NistP521 };

    internal IEnumerable<string> FindFaults()
    {
        if (MinimumRsaKeySize is < LeastAcceptedRsaKeySize or > GreatestAcceptedRsaKeySize)
        {
            yield return $"{nameof(MinimumRsaKeySize)} is {MinimumRsaKeySize}: {LeastAcceptedRsaKeySize} to {GreatestAcceptedRsaKeySize} is allowed.";
        }

        AttestationKeyRequirements all = new();
        if (Schemes.Count == 0 || !Schemes.IsSubsetOf(all.Schemes))
        {
            yield return $"{nameof(Schemes)} is empty or has one that is not RSASSA, RSAPSS or ECDSA: no other is accepted.";
        }

        if (Hashes.Count == 0 || !Hashes.IsSubsetOf(all.Hashes))
        {
            yield return $"{nameof(Hashes)} is empty or has one that is not SHA-256, SHA-384 or SHA-512: no other is accepted.";
        }

        if (!Curves.IsSubsetOf(all.Curves))
        {
            yield return $"{nameof(Curves)} has one that is not P-256, P-384 or P-521: no other is accepted.";
        }
    }

    internal AttestationKeyRequirements Copy()
    {
        AttestationKeyRequirements copy = new() { AllowStorageRootKeyParent = AllowStorageRootKeyParent, MinimumRsaKeySize = MinimumRsaKeySize };
        copy.Schemes.IntersectWith(Schemes);
        copy.Hashes.IntersectWith(Hashes);
        copy.Curves.IntersectWith(Curves);
        return copy;
    }

    /// <summary>Judges a key with which nothing else is wrong.</summary>
    internal void Judge(TpmtPublic key, bool hasStorageParent, FindingList findings)
    {
        findings.Check(
            _allowed,
            KeyKind.Of(key),
            IsAllowed(key),
            $"The attestation key is of a kind that is not allowed here: {KeyKind.Of(key)}.");
        if (hasStorageParent && !AllowStorageRootKeyParent)
        {
            findings.Refuse(CheckIds.AkParent, "The attestation key's parent is a storage root key, and here only the endorsement key may be.");
        }
    }

    private bool IsAllowed(TpmtPublic key)
    {
        bool known = SignatureAlgorithm.TryGet(key, out SignatureAlgorithm algorithm);
        bool size = key.Parameters switch
        {
            TpmsRsaParms rsa => rsa.KeyBits >= MinimumRsaKeySize,
            TpmsEccParms ecc => Curves.Contains(ecc.CurveId),
            _ => false,
        };
        return known && size && Schemes.Contains(algorithm.Scheme) && Hashes.Contains(algorithm.Hash);
    }

    // In words that an operator understands: the type, and the size or curve and signature algorithm of a key that signs.
    private readonly record struct KeyKind(TpmAlgId Type, int RsaBits, TpmEccCurve? Curve, SignatureAlgorithm Algorithm)
    {
        public static KeyKind Of(TpmtPublic key)
        {
            SignatureAlgorithm.TryGet(key, out SignatureAlgorithm algorithm);
            return new KeyKind(key.Type, (key.Parameters as TpmsRsaParms)?.KeyBits ?? 0, (key.Parameters as TpmsEccParms)?.CurveId, algorithm);
        }

        public override string ToString() => Curve is { } curve
            ? $"{curve}, {Algorithm}"
            : RsaBits > 0 ? $"RSA {RsaBits}, {Algorithm}" : $"{Type}";
    }
}
