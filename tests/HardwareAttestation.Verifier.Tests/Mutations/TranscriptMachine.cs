using System.Security.Cryptography;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier.Tests.Mutations;

/// <summary>
/// A machine with a TPM in software and an agent that is as strict as a real one: it answers nothing to a challenge that is not right in form, or that its TPM refuses.
/// </summary>
internal sealed class TranscriptMachine : IDisposable
{
    private readonly SoftwareTpm _tpm;
    private readonly SoftwareEndorsementKey? _storageParent;
    private readonly byte[][] _chain;
    private readonly Dictionary<string, byte[]?> _opened = [];

    public TranscriptMachine(string node, SoftwareTpm tpm, byte[][] chain, SoftwareEndorsementKey? storageParent)
    {
        Node = node;
        _tpm = tpm;
        _chain = chain;
        _storageParent = storageParent;
    }

    public string Node { get; }

    public EnrollmentRequest Ask()
    {
        EnrollmentRequest usual = _tpm.Ask(Node);
        return new EnrollmentRequest
        {
            NodeId = Node,
            EndorsementCertificate = usual.EndorsementCertificate,
            EndorsementCertificateChain = [.. _chain.Select(certificate => (ReadOnlyMemory<byte>)certificate)],
            EndorsementPublic = usual.EndorsementPublic,
            AttestationPublic = usual.AttestationPublic,
            StorageParentPublic = _storageParent?.Public.EncodeSized(),
        };
    }

    /// <summary>The answer; null where the agent or the TPM refuses.</summary>
    public CredentialResponse? Answer(CredentialChallenge challenge)
    {
        try
        {
            if (challenge.Version != ProtocolVersion.Current)
            {
                return null;
            }

            byte[]? secret = Open(challenge);
            return secret is null ? null : new CredentialResponse
            {
                ChallengeId = challenge.ChallengeId,
                Proof = CredentialResponse.ComputeProof(challenge.ChallengeId, Node, secret),
            };
        }
        catch (Exception exception) when (exception is TpmFormatException or CryptographicException)
        {
            return null;
        }
    }

    /// <summary>The answer; null where the agent refuses. Every machine has PCR values of its own.</summary>
    public AttestationEvidence? Answer(AttestationChallenge challenge) => challenge.Version != ProtocolVersion.Current ? null : _tpm.Answer(challenge, quote => quote with
    {
        QualifiedSigner = QualifiedSigner,
        Values = [.. quote.Values.Select(value => value with { Digest = TpmHash.HashData(value.Bank, [.. value.Digest.Span, .. _tpm.AttestationKey.Public.Encoded.Span]) })],
    });

    public void Dispose()
    {
        _tpm.Dispose();
        _storageParent?.Dispose();
    }

    // Once for each credential, since most changes are of something else and opening takes milliseconds.
    private byte[]? Open(CredentialChallenge challenge)
    {
        string key = $"{Convert.ToHexString(challenge.CredentialBlob.Span)} {Convert.ToHexString(challenge.EncryptedSecret.Span)}";
        if (!_opened.TryGetValue(key, out byte[]? secret))
        {
            TpmsIdObject credential = TpmWire.ParseSized<TpmsIdObject>(challenge.CredentialBlob.Span);
            secret = _tpm.EndorsementKey.ActivateCredential(
                _tpm.AttestationKey.Public.ComputeName().Bytes.ToArray(),
                credential.IntegrityHmac.ToArray(),
                credential.EncIdentity.ToArray(),
                ReadEncryptedSecret(challenge.EncryptedSecret.Span));
            _opened.Add(key, secret);
        }

        return secret;
    }

    // TPM2B_ENCRYPTED_SECRET; of an ECC key, it is a point with coordinates of the curve's width.
    private byte[] ReadEncryptedSecret(ReadOnlySpan<byte> bytes)
    {
        TpmReader reader = new(bytes);
        ReadOnlySpan<byte> content = reader.ReadSized("TPM2B_ENCRYPTED_SECRET");
        reader.ExpectEnd("TPM2B_ENCRYPTED_SECRET");
        if (_tpm.EndorsementKey.Public.Unique is TpmsEccPoint own)
        {
            TpmReader point = new(content);
            int x = point.ReadSized("TPMS_ECC_POINT.x").Length;
            int y = point.ReadSized("TPMS_ECC_POINT.y").Length;
            point.ExpectEnd("TPMS_ECC_POINT");
            return x == own.X.Length && y == own.X.Length ? content.ToArray() : throw new TpmFormatException("The point is not as wide as its curve.");
        }

        return content.ToArray();
    }

    // nameAlg || H(qualified Name of the parent || Name), from the hierarchy down.
    private byte[] QualifiedSigner
    {
        get
        {
            if (_storageParent is null)
            {
                return _tpm.QualifiedSigner;
            }

            byte[] parent = Qualify([0x40, 0x00, 0x00, 0x01], _storageParent.Public);
            return Qualify(parent, _tpm.AttestationKey.Public);
        }
    }

    private static byte[] Qualify(byte[] parent, TpmtPublic key)
    {
        byte[] name = new TestWire().U16((int)key.NameAlg).Raw(TpmHash.HashData(key.NameAlg, key.Encoded.Span)).ToArray();
        return new TestWire().U16((int)key.NameAlg).Raw(TpmHash.HashData(key.NameAlg, [.. parent, .. name])).ToArray();
    }
}
