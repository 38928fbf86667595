namespace HardwareAttestation.Client;

/// <summary>What a key is created under. With either, the key is lost when the TPM is cleared (TPM2_Clear).</summary>
public enum TpmKeyParent
{
    /// <summary>The endorsement key: the very key that the TPM's maker certified.</summary>
    EndorsementKey,

    /// <summary>
    /// The storage root key: the one at handle 0x81000001, or else one that is made from the template of ECC P-256 each time it is needed. Such a key is loaded without the
    /// endorsement key, which takes a TPM seconds to make where it is RSA and not persistent.
    /// </summary>
    StorageRootKey,
}
