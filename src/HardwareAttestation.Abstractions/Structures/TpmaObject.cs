namespace HardwareAttestation.Structures;

/// <summary>TPMA_OBJECT: the attributes of a key (TPM 2.0 Library, Part 2, section 8.3).</summary>
[Flags]
public enum TpmaObject : uint
{
    /// <summary>No attribute.</summary>
    None = 0,

    /// <summary>fixedTPM: the key cannot leave its TPM.</summary>
    FixedTpm = 1u << 1,

    /// <summary>stClear: a saved context of the key cannot be loaded after a TPM Restart.</summary>
    StClear = 1u << 2,

    /// <summary>fixedParent: the key cannot be moved to another parent.</summary>
    FixedParent = 1u << 4,

    /// <summary>sensitiveDataOrigin: the TPM itself made the private key.</summary>
    SensitiveDataOrigin = 1u << 5,

    /// <summary>userWithAuth: the key may be used with its authorisation value, and not only by its policy.</summary>
    UserWithAuth = 1u << 6,

    /// <summary>adminWithPolicy: administration needs the key's policy.</summary>
    AdminWithPolicy = 1u << 7,

    /// <summary>noDA: failures do not count towards dictionary attack lockout.</summary>
    NoDA = 1u << 10,

    /// <summary>encryptedDuplication: a duplicate of the key is always encrypted.</summary>
    EncryptedDuplication = 1u << 11,

    /// <summary>restricted: the key signs only what the TPM made or checked itself, or decrypts only TPM structures.</summary>
    Restricted = 1u << 16,

    /// <summary>decrypt: the key decrypts.</summary>
    Decrypt = 1u << 17,

    /// <summary>sign: the key signs (or, for a symmetric cipher, encrypts).</summary>
    Sign = 1u << 18,

    /// <summary>x509sign: the key signs X.509 certificates only.</summary>
    X509Sign = 1u << 19,
}
