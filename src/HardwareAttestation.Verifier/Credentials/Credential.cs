using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>A secret, wrapped for one endorsement key and one object's Name: what TPM2_ActivateCredential opens.</summary>
public sealed class Credential
{
    private readonly byte[] _encryptedSecret;

    internal Credential(TpmsIdObject credentialBlob, byte[] encryptedSecret)
    {
        CredentialBlob = credentialBlob;
        _encryptedSecret = encryptedSecret;
    }

    /// <summary>The secret, encrypted and bound to the Name: the content of TPM2B_ID_OBJECT.</summary>
    public TpmsIdObject CredentialBlob { get; }

    /// <summary>The seed, encrypted to the endorsement key: the content of TPM2B_ENCRYPTED_SECRET, without its size.</summary>
    public ReadOnlyMemory<byte> EncryptedSecret => _encryptedSecret;
}
