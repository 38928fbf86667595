namespace HardwareAttestation.Client;

/// <summary>The authorisation values of a TPM, as far as somebody has set them. On most machines all are empty, and nothing needs to be said.</summary>
/// <remarks>
/// <para>A value that is not empty never crosses to the TPM: it is proved by HMAC in a session that is salted to a key of the TPM.</para>
/// <para>
/// Where a hierarchy's value is what it takes to make a key, that key is one of the null hierarchy, for which nobody vouches. Somebody on the bus who answers in the TPM's
/// place can then try out guesses of the value by himself: let it be random, of 16 bytes or more, and not a word that somebody remembers.
/// </para>
/// <para>The client copies the values and clears its copies when it is disposed; the ones given are their owner's to clear.</para>
/// </remarks>
public sealed class TpmAuthValues
{
    /// <summary>The value of the owner (TPM_RH_OWNER): to create a storage root key, to make keys persistent, and to read NV indices that only the owner may.</summary>
    public ReadOnlyMemory<byte> Owner { get; init; }

    /// <summary>The value of the endorsement hierarchy (TPM_RH_ENDORSEMENT): to create endorsement keys, and to use those that are used by policy.</summary>
    public ReadOnlyMemory<byte> Endorsement { get; init; }

    /// <summary>The value of the endorsement key, where it is of the high range and was given one. A key of the low range that was given one cannot be used.</summary>
    public ReadOnlyMemory<byte> EndorsementKey { get; init; }

    /// <summary>
    /// Whether endorsement keys of the high range are used by their policy, which is with <see cref="Endorsement"/>, and not with <see cref="EndorsementKey"/>. Those of
    /// the low range are always used so.
    /// </summary>
    public bool UseEndorsementKeyPolicy { get; init; }

    /// <summary>The value of the storage root key at handle 0x81000001, where it was given one.</summary>
    public ReadOnlyMemory<byte> StorageRootKey { get; init; }
}
