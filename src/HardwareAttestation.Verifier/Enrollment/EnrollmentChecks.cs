using System.Security.Cryptography;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier;

/// <summary>Judges what a machine says of itself when it asks to be enrolled.</summary>
internal static class EnrollmentChecks
{
    /// <summary>Records what it finds.</summary>
    /// <returns>The keys, or null if anything was refused; and what the certificate says, if it was looked at.</returns>
    public static async Task<(EnrollmentKeys? Keys, EndorsementCertificateResult? Certificate)> JudgeAsync(
        EnrollmentRequest request,
        EndorsementCertificateValidator certificates,
        ProtocolPolicy policy,
        DateTimeOffset now,
        FindingList findings,
        CancellationToken cancellationToken)
    {
        TpmtPublic? endorsementKey = Parse(request.EndorsementPublic.Span, CheckIds.EkPublicForm, "endorsement", findings);
        TpmtPublic? attestationKey = Parse(request.AttestationPublic.Span, CheckIds.AkPublicForm, "attestation", findings);
        TpmtPublic? storageParent = request.StorageParentPublic.IsEmpty
            ? null
            : Parse(request.StorageParentPublic.Span, CheckIds.AkParent, "storage root", findings);
        if (endorsementKey is null || attestationKey is null || findings.HasRefusal)
        {
            return (null, null);
        }

        EndorsementKeyPolicy.Judge(endorsementKey, findings);
        AttestationKeyPolicy.Judge(attestationKey, findings);
        if (storageParent is not null)
        {
            JudgeStorageParent(storageParent, findings);
        }

        if (!findings.HasRefusal)
        {
            policy.AttestationKeys.Judge(attestationKey, storageParent is not null, findings);
        }

        EndorsementCertificateResult? certificate = null;
        if (request.EndorsementCertificate.IsEmpty)
        {
            JudgeMissingCertificate(policy, findings);
        }
        else
        {
            findings.Check(CheckIds.EkCertificatePresent, satisfied: true, "The endorsement key has a certificate.", string.Empty);
            certificate = await certificates.ValidateAsync(
                request.EndorsementCertificate, endorsementKey, request.EndorsementCertificateChain, now, cancellationToken).ConfigureAwait(false);
            findings.Append(certificate.Verdict);
        }

        return (findings.HasRefusal ? null : new EnrollmentKeys(endorsementKey, attestationKey, storageParent), certificate);
    }

    public static void JudgeMissingCertificate(ProtocolPolicy policy, FindingList findings) => findings.Check(
        CheckIds.EkCertificatePresent,
        satisfied: false,
        policy.TrustOnFirstUse ? PolicyAction.Flag : PolicyAction.Refuse,
        string.Empty,
        policy.TrustOnFirstUse
            ? "The endorsement key has no certificate and is trusted on first use: nobody vouches for the TPM, and it may be software."
            : "The endorsement key has no certificate: nobody vouches for the TPM.");

    /// <summary>
    /// Identifies an endorsement key by the key alone: SHA-256 over its type and its modulus or the x coordinate of its point, without leading zeros. A TPM opens a credential that was made for
    /// its point mirrored, (x, -y), as well as one for its point: only x goes into what both sides derive.
    /// </summary>
    public static string IdentifyEndorsementKey(TpmtPublic key)
    {
        Span<byte> buffer = stackalloc byte[TpmWire.MaximumSize];
        TpmWriter writer = new(buffer);
        writer.WriteAlgorithm(key.Type);
        switch (key.Unique)
        {
            case Tpm2bPublicKeyRsa rsa:
                writer.WriteSized(rsa.Modulus.Span.TrimStart((byte)0));
                break;
            case TpmsEccPoint point:
                writer.WriteSized(point.X.Span.TrimStart((byte)0));
                break;
            default:
                throw new ArgumentException("The key is neither RSA nor ECC.", nameof(key));
        }

        return Convert.ToHexStringLower(SHA256.HashData(writer.Written));
    }

    // Where the key lies says nothing about it, since credential activation proves that it is in the endorsement key's TPM. What is not a parent at all is a mistake or a lie.
    private static void JudgeStorageParent(TpmtPublic parent, FindingList findings)
    {
        const TpmaObject Parent = TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.Restricted | TpmaObject.Decrypt;
        findings.Check(
            CheckIds.AkParent,
            parent.ObjectAttributes.HasFlag(Parent)
                && !parent.ObjectAttributes.HasFlag(TpmaObject.Sign)
                && parent.NameAlg is (TpmAlgId.Sha256 or TpmAlgId.Sha384 or TpmAlgId.Sha512),
            "The attestation key's parent is a storage key, with a Name made with SHA-2.",
            "The attestation key's parent is not a storage key that stays in its TPM, with a Name made with SHA-2.");
    }

    private static TpmtPublic? Parse(ReadOnlySpan<byte> bytes, string check, string kind, FindingList findings)
    {
        try
        {
            return TpmWire.ParseSized<TpmtPublic>(bytes);
        }
        catch (TpmFormatException exception)
        {
            findings.Refuse(check, $"The {kind} key's public area is malformed: {exception.Message}");
            return null;
        }
    }
}

/// <summary>The keys of a machine that asks to be enrolled.</summary>
internal sealed record EnrollmentKeys(TpmtPublic EndorsementKey, TpmtPublic AttestationKey, TpmtPublic? StorageParent);
