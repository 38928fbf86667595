using System.Buffers.Binary;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.SoftwareTpms;

/// <summary>A TPM in software with an endorsement key, its certificate and an attestation key. It answers as a TPM would, or as an attack says.</summary>
internal sealed class SoftwareTpm : IDisposable
{
    /// <summary>The node that tests name where any will do.</summary>
    public const string UsualNode = "rack1-node7";

    public SoftwareTpm(SoftwareEndorsementKey endorsementKey, byte[] certificate, SoftwareKey attestationKey)
    {
        EndorsementKey = endorsementKey;
        Certificate = certificate;
        AttestationKey = attestationKey;
    }

    public SoftwareEndorsementKey EndorsementKey { get; }

    public byte[] Certificate { get; }

    public SoftwareKey AttestationKey { get; }

    /// <summary>Certificates of issuers that the TPM stores along with its own.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> CertificateChain { get; init; } = [];

    public TpmsClockInfo Clock { get; set; } = new(1000, 1, 0, true);

    /// <summary>The attestation key's qualified Name below the endorsement key in TPM_RH_ENDORSEMENT (TPM 2.0 Library, Part 1, section 26.5).</summary>
    public byte[] QualifiedSigner
    {
        get
        {
            byte[] parent = Qualify([0x40, 0x00, 0x00, 0x0B], EndorsementKey.Public);
            return Qualify(parent, AttestationKey.Public);
        }
    }

    public EnrollmentRequest Ask(string node, SoftwareKey? attestationKey = null, TpmtPublic? endorsementPublic = null, byte[]? certificate = null) => new()
    {
        NodeId = node,
        EndorsementCertificate = certificate ?? Certificate,
        EndorsementCertificateChain = CertificateChain,
        EndorsementPublic = (endorsementPublic ?? EndorsementKey.Public).EncodeSized(),
        AttestationPublic = (attestationKey ?? AttestationKey).Public.EncodeSized(),
    };

    /// <summary>Opens a credential; the secret is empty where a TPM would refuse.</summary>
    public CredentialResponse Answer(CredentialChallenge challenge, string node = UsualNode) => new()
    {
        ChallengeId = challenge.ChallengeId,
        Proof = CredentialResponse.ComputeProof(challenge.ChallengeId, node, Activate(challenge) ?? []),
    };

    public byte[]? Activate(CredentialChallenge challenge)
    {
        byte[] idObject = challenge.CredentialBlob.ToArray()[2..];
        int hmacSize = BinaryPrimitives.ReadUInt16BigEndian(idObject);
        return EndorsementKey.ActivateCredential(
            [.. AttestationKey.Public.ComputeName().Bytes.Span],
            idObject[2..(2 + hmacSize)],
            idObject[(2 + hmacSize)..],
            challenge.EncryptedSecret.ToArray()[2..]);
    }

    public AttestationEvidence Answer(AttestationChallenge challenge, Func<ForgedQuote, ForgedQuote>? forge = null, SoftwareKey? signer = null)
    {
        signer ??= AttestationKey;
        if (challenge.PcrSelection is not { } selection)
        {
            return new AttestationEvidence { ChallengeId = challenge.ChallengeId, Signature = signer.Sign(challenge.GetSignedBytes()) };
        }

        ForgedQuote quote = new()
        {
            QualifiedSigner = QualifiedSigner,
            Nonce = challenge.Nonce.ToArray(),
            Clock = Clock,
            Selection = selection,
            Values = ForgedQuote.ValuesOf(selection),
            Hash = signer.Hash,
        };
        quote = forge?.Invoke(quote) ?? quote;
        byte[] attest = quote.ToArray();
        return new AttestationEvidence
        {
            ChallengeId = challenge.ChallengeId,
            Attest = attest,
            Signature = signer.Sign(attest),
            PcrValues = quote.Values,
        };
    }

    public void Dispose()
    {
        EndorsementKey.Dispose();
        AttestationKey.Dispose();
    }

    private static byte[] Qualify(byte[] parent, TpmtPublic key)
    {
        byte[] name = new TestWire().U16((int)key.NameAlg).Raw(TpmHash.HashData(key.NameAlg, key.Encoded.Span)).ToArray();
        return new TestWire().U16((int)key.NameAlg).Raw(TpmHash.HashData(key.NameAlg, [.. parent, .. name])).ToArray();
    }
}
