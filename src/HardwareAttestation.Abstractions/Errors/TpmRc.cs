namespace HardwareAttestation;

/// <summary>
/// TPM_RC: the errors and warnings of a TPM 2.0, without the handle, parameter or session number that a response may carry
/// (TPM 2.0 Library, Part 2, section 6.6). A value that is not listed here is kept as it is.
/// </summary>
public enum TpmRc : ushort
{
    /// <summary>TPM_RC_SUCCESS.</summary>
    Success = 0x000,

    /// <summary>TPM_RC_BAD_TAG: the answer of a TPM 1.2.</summary>
    BadTag = 0x01E,

    /// <summary>TPM_RC_INITIALIZE: the TPM was not started, or was started already: TPM2_Startup comes first, and once.</summary>
    Initialize = 0x100,

    /// <summary>TPM_RC_FAILURE: the TPM is in failure mode and will not work until the machine is power-cycled.</summary>
    Failure = 0x101,

    /// <summary>TPM_RC_SEQUENCE: a sequence was used in the wrong order.</summary>
    Sequence = 0x103,

    /// <summary>TPM_RC_PRIVATE: the private area is not one of this TPM.</summary>
    Private = 0x10B,

    /// <summary>TPM_RC_HMAC: an HMAC key or sequence was used in the wrong way.</summary>
    Hmac = 0x119,

    /// <summary>TPM_RC_DISABLED: the command, or the hierarchy it needs, is disabled.</summary>
    Disabled = 0x120,

    /// <summary>TPM_RC_EXCLUSIVE: the audit session was to be exclusive, and another command came between.</summary>
    Exclusive = 0x121,

    /// <summary>TPM_RC_AUTH_TYPE: the object does not allow this kind of authorisation.</summary>
    AuthType = 0x124,

    /// <summary>TPM_RC_AUTH_MISSING: the command needs an authorisation session that was not given.</summary>
    AuthMissing = 0x125,

    /// <summary>TPM_RC_POLICY: a policy failed, or cannot be combined with what it already holds.</summary>
    Policy = 0x126,

    /// <summary>TPM_RC_PCR: a check of PCRs failed.</summary>
    Pcr = 0x127,

    /// <summary>TPM_RC_PCR_CHANGED: a PCR changed since the policy was checked.</summary>
    PcrChanged = 0x128,

    /// <summary>TPM_RC_UPGRADE: the TPM is in firmware upgrade mode.</summary>
    Upgrade = 0x12D,

    /// <summary>TPM_RC_TOO_MANY_CONTEXTS: the context counter is used up: too many sessions are saved.</summary>
    TooManyContexts = 0x12E,

    /// <summary>TPM_RC_AUTH_UNAVAILABLE: no authorisation of this object is available for this use.</summary>
    AuthUnavailable = 0x12F,

    /// <summary>TPM_RC_REBOOT: the TPM must be restarted (a reboot of the machine) before it goes on.</summary>
    Reboot = 0x130,

    /// <summary>TPM_RC_UNBALANCED: the object and its parent, or the hash and the symmetric algorithm, differ in strength.</summary>
    Unbalanced = 0x131,

    /// <summary>TPM_RC_COMMAND_SIZE: the command's size field is not its length.</summary>
    CommandSize = 0x142,

    /// <summary>TPM_RC_COMMAND_CODE: the TPM does not have this command, or the layer in front of it does not let it pass.</summary>
    CommandCode = 0x143,

    /// <summary>TPM_RC_AUTHSIZE: the size of the authorisation area is wrong.</summary>
    AuthSize = 0x144,

    /// <summary>TPM_RC_AUTH_CONTEXT: this command takes no authorisation session.</summary>
    AuthContext = 0x145,

    /// <summary>TPM_RC_NV_RANGE: the NV offset and size go past the index's end.</summary>
    NVRange = 0x146,

    /// <summary>TPM_RC_NV_SIZE: the NV size is too large.</summary>
    NVSize = 0x147,

    /// <summary>TPM_RC_NV_LOCKED: the NV index is locked.</summary>
    NVLocked = 0x148,

    /// <summary>TPM_RC_NV_AUTHORIZATION: the NV index does not allow this authorisation.</summary>
    NVAuthorization = 0x149,

    /// <summary>TPM_RC_NV_UNINITIALIZED: the NV index was defined and never written.</summary>
    NVUninitialized = 0x14A,

    /// <summary>TPM_RC_NV_SPACE: there is no room left in NV memory.</summary>
    NVSpace = 0x14B,

    /// <summary>TPM_RC_NV_DEFINED: the NV index, or the persistent handle, is in use already.</summary>
    NVDefined = 0x14C,

    /// <summary>TPM_RC_BAD_CONTEXT: the saved context does not belong to this boot of this TPM.</summary>
    BadContext = 0x150,

    /// <summary>TPM_RC_CPHASH: the policy is bound to another command.</summary>
    CpHash = 0x151,

    /// <summary>TPM_RC_PARENT: the parent handle is not that of a loaded storage key.</summary>
    Parent = 0x152,

    /// <summary>TPM_RC_NEEDS_TEST: the TPM must finish a self-test first.</summary>
    NeedsTest = 0x153,

    /// <summary>TPM_RC_NO_RESULT: the operation gave no result: the point at infinity, or a value out of its range.</summary>
    NoResult = 0x154,

    /// <summary>TPM_RC_SENSITIVE: the sensitive area is not well formed after decryption.</summary>
    Sensitive = 0x155,

    /// <summary>TPM_RC_ASYMMETRIC: the asymmetric algorithm is not supported or not right here.</summary>
    Asymmetric = 0x081,

    /// <summary>TPM_RC_ATTRIBUTES: the attributes do not fit together, or do not allow this use.</summary>
    Attributes = 0x082,

    /// <summary>TPM_RC_HASH: the hash algorithm is not supported or not right here.</summary>
    Hash = 0x083,

    /// <summary>TPM_RC_VALUE: the value is out of its range, or not right in this place.</summary>
    Value = 0x084,

    /// <summary>TPM_RC_HIERARCHY: the hierarchy is disabled, or not right here.</summary>
    Hierarchy = 0x085,

    /// <summary>TPM_RC_KEY_SIZE: the key size is not supported.</summary>
    KeySize = 0x087,

    /// <summary>TPM_RC_MGF: the mask generation function is not supported.</summary>
    Mgf = 0x088,

    /// <summary>TPM_RC_MODE: the mode of operation is not supported.</summary>
    Mode = 0x089,

    /// <summary>TPM_RC_TYPE: the type of the object is not right here.</summary>
    Type = 0x08A,

    /// <summary>TPM_RC_HANDLE: the handle is not one that is loaded or defined, or is of the wrong kind.</summary>
    Handle = 0x08B,

    /// <summary>TPM_RC_KDF: the key derivation function is not supported or not right here.</summary>
    Kdf = 0x08C,

    /// <summary>TPM_RC_RANGE: the value is out of its range.</summary>
    Range = 0x08D,

    /// <summary>TPM_RC_AUTH_FAIL: the authorisation failed, and the failure was counted towards lockout.</summary>
    AuthFail = 0x08E,

    /// <summary>TPM_RC_NONCE: the nonce's size is wrong, or its value is not the session's.</summary>
    Nonce = 0x08F,

    /// <summary>TPM_RC_PP: physical presence is required.</summary>
    PP = 0x090,

    /// <summary>TPM_RC_SCHEME: the signature or encryption scheme is not supported, or not the key's.</summary>
    Scheme = 0x092,

    /// <summary>TPM_RC_SIZE: the structure's size is wrong.</summary>
    Size = 0x095,

    /// <summary>TPM_RC_SYMMETRIC: the symmetric algorithm is not supported, or not right here.</summary>
    Symmetric = 0x096,

    /// <summary>TPM_RC_TAG: the structure's tag is wrong.</summary>
    Tag = 0x097,

    /// <summary>TPM_RC_SELECTOR: the union's selector is wrong.</summary>
    Selector = 0x098,

    /// <summary>TPM_RC_INSUFFICIENT: the structure ends before all of its fields.</summary>
    Insufficient = 0x09A,

    /// <summary>TPM_RC_SIGNATURE: the signature is not valid.</summary>
    Signature = 0x09B,

    /// <summary>TPM_RC_KEY: the key's fields are not compatible with this use.</summary>
    Key = 0x09C,

    /// <summary>TPM_RC_POLICY_FAIL: the policy check failed.</summary>
    PolicyFail = 0x09D,

    /// <summary>TPM_RC_INTEGRITY: the integrity check failed: these bytes were made by another TPM or for another key, or were altered.</summary>
    Integrity = 0x09F,

    /// <summary>TPM_RC_TICKET: the ticket is not valid: it is of another boot, or not for this digest.</summary>
    Ticket = 0x0A0,

    /// <summary>TPM_RC_RESERVED_BITS: bits are set that are reserved.</summary>
    ReservedBits = 0x0A1,

    /// <summary>TPM_RC_BAD_AUTH: the authorisation failed; the failure was not counted towards lockout.</summary>
    BadAuth = 0x0A2,

    /// <summary>TPM_RC_EXPIRED: the policy has expired.</summary>
    Expired = 0x0A3,

    /// <summary>TPM_RC_POLICY_CC: the policy is for another command.</summary>
    PolicyCC = 0x0A4,

    /// <summary>TPM_RC_BINDING: the public and the sensitive part are not of one key.</summary>
    Binding = 0x0A5,

    /// <summary>TPM_RC_CURVE: the curve is not supported.</summary>
    Curve = 0x0A6,

    /// <summary>TPM_RC_ECC_POINT: the point is not on the curve.</summary>
    EccPoint = 0x0A7,

    /// <summary>TPM_RC_FW_LIMITED: the hierarchy is limited to another firmware.</summary>
    FWLimited = 0x0A8,

    /// <summary>TPM_RC_SVN_LIMITED: the hierarchy is limited to another security version.</summary>
    SvnLimited = 0x0A9,

    /// <summary>TPM_RC_CONTEXT_GAP: the gap between saved contexts is too large: the oldest session must be loaded and saved again.</summary>
    ContextGap = 0x901,

    /// <summary>TPM_RC_OBJECT_MEMORY: the TPM has no free slot for an object: flush the transient objects that are loaded, or use a resource manager (/dev/tpmrm0).</summary>
    ObjectMemory = 0x902,

    /// <summary>TPM_RC_SESSION_MEMORY: the TPM has no free slot for a session: flush the sessions that are loaded, or use a resource manager (/dev/tpmrm0).</summary>
    SessionMemory = 0x903,

    /// <summary>TPM_RC_MEMORY: the TPM is out of memory.</summary>
    Memory = 0x904,

    /// <summary>TPM_RC_SESSION_HANDLES: the TPM has no free session handle: flush the sessions that are open.</summary>
    SessionHandles = 0x905,

    /// <summary>TPM_RC_OBJECT_HANDLES: the TPM has no free object handle: flush the transient objects that are loaded.</summary>
    ObjectHandles = 0x906,

    /// <summary>TPM_RC_LOCALITY: the command came from the wrong locality.</summary>
    Locality = 0x907,

    /// <summary>TPM_RC_YIELDED: the TPM gave up its work for a moment: send the command again.</summary>
    Yielded = 0x908,

    /// <summary>TPM_RC_CANCELED: the command was cancelled.</summary>
    Canceled = 0x909,

    /// <summary>TPM_RC_TESTING: the TPM is testing itself: send the command again in a moment.</summary>
    Testing = 0x90A,

    /// <summary>TPM_RC_REFERENCE_H0: the first handle is not of a loaded object or session.</summary>
    ReferenceH0 = 0x910,

    /// <summary>TPM_RC_REFERENCE_H1: the second handle is not of a loaded object or session.</summary>
    ReferenceH1 = 0x911,

    /// <summary>TPM_RC_REFERENCE_H2: the third handle is not of a loaded object or session.</summary>
    ReferenceH2 = 0x912,

    /// <summary>TPM_RC_REFERENCE_H3: the fourth handle is not of a loaded object or session.</summary>
    ReferenceH3 = 0x913,

    /// <summary>TPM_RC_REFERENCE_H4: the fifth handle is not of a loaded object or session.</summary>
    ReferenceH4 = 0x914,

    /// <summary>TPM_RC_REFERENCE_H5: the sixth handle is not of a loaded object or session.</summary>
    ReferenceH5 = 0x915,

    /// <summary>TPM_RC_REFERENCE_H6: the seventh handle is not of a loaded object or session.</summary>
    ReferenceH6 = 0x916,

    /// <summary>TPM_RC_REFERENCE_S0: the first session is not loaded.</summary>
    ReferenceS0 = 0x918,

    /// <summary>TPM_RC_REFERENCE_S1: the second session is not loaded.</summary>
    ReferenceS1 = 0x919,

    /// <summary>TPM_RC_REFERENCE_S2: the third session is not loaded.</summary>
    ReferenceS2 = 0x91A,

    /// <summary>TPM_RC_REFERENCE_S3: the fourth session is not loaded.</summary>
    ReferenceS3 = 0x91B,

    /// <summary>TPM_RC_REFERENCE_S4: the fifth session is not loaded.</summary>
    ReferenceS4 = 0x91C,

    /// <summary>TPM_RC_REFERENCE_S5: the sixth session is not loaded.</summary>
    ReferenceS5 = 0x91D,

    /// <summary>TPM_RC_REFERENCE_S6: the seventh session is not loaded.</summary>
    ReferenceS6 = 0x91E,

    /// <summary>TPM_RC_NV_RATE: the TPM limits the rate of NV writes: send the command again later.</summary>
    NVRate = 0x920,

    /// <summary>TPM_RC_LOCKOUT: the TPM is in dictionary attack lockout: wait for its recovery time, or reset the lockout with the lockout authorisation.</summary>
    Lockout = 0x921,

    /// <summary>TPM_RC_RETRY: the TPM could not take the command now: send it again in a moment.</summary>
    Retry = 0x922,

    /// <summary>TPM_RC_NV_UNAVAILABLE: NV memory cannot be written at present: send the command again later.</summary>
    NVUnavailable = 0x923,
}
