namespace HardwareAttestation.Structures;

/// <summary>TPM_ST: structure tags (TPM 2.0 Library, Part 2, section 6.9). A value that is not listed here is kept as it is.</summary>
public enum TpmSt : ushort
{
    /// <summary>No value: never on the wire.</summary>
    None = 0x0000,

    /// <summary>TPM_ST_RSP_COMMAND: the tag of a TPM 1.2's answer.</summary>
    RspCommand = 0x00C4,

    /// <summary>TPM_ST_NO_SESSIONS: a command or response without an authorisation area.</summary>
    NoSessions = 0x8001,

    /// <summary>TPM_ST_SESSIONS: a command or response with an authorisation area.</summary>
    Sessions = 0x8002,

    /// <summary>TPM_ST_ATTEST_NV.</summary>
    AttestNV = 0x8014,

    /// <summary>TPM_ST_ATTEST_COMMAND_AUDIT.</summary>
    AttestCommandAudit = 0x8015,

    /// <summary>TPM_ST_ATTEST_SESSION_AUDIT.</summary>
    AttestSessionAudit = 0x8016,

    /// <summary>TPM_ST_ATTEST_CERTIFY.</summary>
    AttestCertify = 0x8017,

    /// <summary>TPM_ST_ATTEST_QUOTE.</summary>
    AttestQuote = 0x8018,

    /// <summary>TPM_ST_ATTEST_TIME.</summary>
    AttestTime = 0x8019,

    /// <summary>TPM_ST_ATTEST_CREATION.</summary>
    AttestCreation = 0x801A,

    /// <summary>TPM_ST_ATTEST_NV_DIGEST.</summary>
    AttestNVDigest = 0x801C,

    /// <summary>TPM_ST_HASHCHECK: a ticket that a digest is not of something the TPM made itself.</summary>
    HashCheck = 0x8024,
}
