namespace HardwareAttestation.Client;

/// <summary>Why a key or its blob cannot be used: what a <see cref="TpmKeyException"/> can be acted on by. Later versions may add values.</summary>
public enum TpmKeyFault
{
    /// <summary>None of the others.</summary>
    Unknown = 0,

    /// <summary>The store has the blob and cannot read it: a permission, a disk, something else in its place. The key itself may be well; a new one would take its place for nothing.</summary>
    Unreadable,

    /// <summary>The store cannot write or remove the blob. What was there before is there still.</summary>
    Unwritable,

    /// <summary>What was read is not a whole blob: it is empty, cut short, altered, or something else. Only a copy of it brings the key back.</summary>
    Damaged,

    /// <summary>A later version of this library wrote the blob: use that one.</summary>
    UnsupportedVersion,

    /// <summary>This TPM has another endorsement key than the one of the blob: the disk or the TPM was changed, or the TPM's endorsement seed was. In the TPM of the blob, the key may be well.</summary>
    OtherTpm,

    /// <summary>
    /// This TPM has the endorsement key of the blob, and no parent that takes the key: the TPM was cleared or its storage root key replaced, and the key is lost; or the blob was
    /// altered, or put together from two. A TPM cannot tell these apart (TPM_RC_INTEGRITY).
    /// </summary>
    Orphaned,

    /// <summary>The key's parent is not one that this library can use: its numbers are not those of a key, or its cipher is none that is known here.</summary>
    UnusableParent,

    /// <summary>The key is an application's where an attestation key is wanted, or the other way round.</summary>
    WrongKind,

    /// <summary>Another key is at the persistent handle. It is left alone.</summary>
    HandleInUse,

    /// <summary>The key is kept at another persistent handle already, which it is to be taken away from first.</summary>
    AlreadyPersistent,
}
