namespace HardwareAttestation.Structures;

/// <summary>TPMA_NV: the attributes of an NV index (TPM 2.0 Library, Part 2, section 13.4). Bits that are not listed here are reserved, and kept.</summary>
/// <remarks>Bits 4 to 7 are one number, TPM_NT, and not flags: compare what <see cref="TypeMask"/> leaves of them.</remarks>
[Flags]
public enum TpmaNV : uint
{
    /// <summary>No attribute; as a type (TPM_NT_ORDINARY), plain bytes.</summary>
    None = 0,

    /// <summary>TPMA_NV_PPWRITE: platform authorisation allows writing.</summary>
    PlatformWrite = 1u << 0,

    /// <summary>TPMA_NV_OWNERWRITE: the owner's authorisation allows writing.</summary>
    OwnerWrite = 1u << 1,

    /// <summary>TPMA_NV_AUTHWRITE: the index' own authorisation value allows writing.</summary>
    AuthWrite = 1u << 2,

    /// <summary>TPMA_NV_POLICYWRITE: the index' policy allows writing.</summary>
    PolicyWrite = 1u << 3,

    /// <summary>TPM_NT_COUNTER: eight bytes that only count up.</summary>
    Counter = 1u << 4,

    /// <summary>TPM_NT_BITS: eight bytes of which bits can be set and not cleared.</summary>
    Bits = 2u << 4,

    /// <summary>TPM_NT_EXTEND: a digest that is extended as a PCR is.</summary>
    Extend = 4u << 4,

    /// <summary>TPM_NT_PIN_FAIL: a counter of failed authorisations, with its limit.</summary>
    PinFail = 8u << 4,

    /// <summary>TPM_NT_PIN_PASS: a counter of successful authorisations, with its limit.</summary>
    PinPass = 9u << 4,

    /// <summary>The bits that TPM_NT, the type of the index, stands in.</summary>
    TypeMask = 15u << 4,

    /// <summary>TPMA_NV_POLICY_DELETE: only its policy removes the index.</summary>
    PolicyDelete = 1u << 10,

    /// <summary>TPMA_NV_WRITELOCKED: the index cannot be written at present.</summary>
    WriteLocked = 1u << 11,

    /// <summary>TPMA_NV_WRITEALL: only the whole index can be written, and no part of it.</summary>
    WriteAll = 1u << 12,

    /// <summary>TPMA_NV_WRITEDEFINE: TPM2_NV_WriteLock locks the index for good.</summary>
    WriteDefine = 1u << 13,

    /// <summary>TPMA_NV_WRITE_STCLEAR: TPM2_NV_WriteLock locks the index until the next TPM Reset or Restart.</summary>
    WriteStClear = 1u << 14,

    /// <summary>TPMA_NV_GLOBALLOCK: TPM2_NV_GlobalWriteLock locks this index too.</summary>
    GlobalLock = 1u << 15,

    /// <summary>TPMA_NV_PPREAD: platform authorisation allows reading.</summary>
    PlatformRead = 1u << 16,

    /// <summary>TPMA_NV_OWNERREAD: the owner's authorisation allows reading.</summary>
    OwnerRead = 1u << 17,

    /// <summary>TPMA_NV_AUTHREAD: the index' own authorisation value allows reading.</summary>
    AuthRead = 1u << 18,

    /// <summary>TPMA_NV_POLICYREAD: the index' policy allows reading.</summary>
    PolicyRead = 1u << 19,

    /// <summary>TPMA_NV_NO_DA: failures do not count towards dictionary attack lockout.</summary>
    NoDA = 1u << 25,

    /// <summary>TPMA_NV_ORDERLY: the content is kept in RAM, and written out by TPM2_Shutdown.</summary>
    Orderly = 1u << 26,

    /// <summary>TPMA_NV_CLEAR_STCLEAR: the next TPM Reset or Restart makes the index unwritten.</summary>
    ClearStClear = 1u << 27,

    /// <summary>TPMA_NV_READLOCKED: the index cannot be read until the next TPM Reset or Restart.</summary>
    ReadLocked = 1u << 28,

    /// <summary>TPMA_NV_WRITTEN: something was written.</summary>
    Written = 1u << 29,

    /// <summary>TPMA_NV_PLATFORMCREATE: the platform made the index, and the owner cannot remove it.</summary>
    PlatformCreate = 1u << 30,

    /// <summary>TPMA_NV_READ_STCLEAR: TPM2_NV_ReadLock locks the index until the next TPM Reset or Restart.</summary>
    ReadStClear = 1u << 31,
}
