namespace HardwareAttestation.Structures;

/// <summary>TPM_ECC_CURVE (TPM 2.0 Library, Part 2, section 6.4). A value that is not listed here is kept as it is.</summary>
public enum TpmEccCurve : ushort
{
    /// <summary>TPM_ECC_NONE.</summary>
    None = 0x0000,

    /// <summary>TPM_ECC_NIST_P256.</summary>
    NistP256 = 0x0003,

    /// <summary>TPM_ECC_NIST_P384.</summary>
    NistP384 = 0x0004,

    /// <summary>TPM_ECC_NIST_P521.</summary>
    NistP521 = 0x0005,

    /// <summary>TPM_ECC_SM2_P256.</summary>
    Sm2P256 = 0x0020,
}
