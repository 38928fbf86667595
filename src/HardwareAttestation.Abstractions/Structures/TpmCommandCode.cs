namespace HardwareAttestation.Structures;

/// <summary>TPM_CC: command codes of the commands that attestation uses (TPM 2.0 Library, Part 2, section 6.5.2).</summary>
public enum TpmCommandCode : uint
{
    /// <summary>No command.</summary>
    None = 0,

    /// <summary>TPM_CC_EvictControl.</summary>
    EvictControl = 0x00000120,

    /// <summary>TPM_CC_CreatePrimary.</summary>
    CreatePrimary = 0x00000131,

    /// <summary>TPM_CC_SequenceComplete.</summary>
    SequenceComplete = 0x0000013E,

    /// <summary>TPM_CC_SelfTest.</summary>
    SelfTest = 0x00000143,

    /// <summary>TPM_CC_Startup.</summary>
    Startup = 0x00000144,

    /// <summary>TPM_CC_Shutdown.</summary>
    Shutdown = 0x00000145,

    /// <summary>TPM_CC_ActivateCredential.</summary>
    ActivateCredential = 0x00000147,

    /// <summary>TPM_CC_Certify.</summary>
    Certify = 0x00000148,

    /// <summary>TPM_CC_GetTime.</summary>
    GetTime = 0x0000014C,

    /// <summary>TPM_CC_NV_Read.</summary>
    NV_Read = 0x0000014E,

    /// <summary>TPM_CC_PolicySecret.</summary>
    PolicySecret = 0x00000151,

    /// <summary>TPM_CC_Create.</summary>
    Create = 0x00000153,

    /// <summary>TPM_CC_Load.</summary>
    Load = 0x00000157,

    /// <summary>TPM_CC_Quote.</summary>
    Quote = 0x00000158,

    /// <summary>TPM_CC_SequenceUpdate.</summary>
    SequenceUpdate = 0x0000015C,

    /// <summary>TPM_CC_Sign.</summary>
    Sign = 0x0000015D,

    /// <summary>TPM_CC_FlushContext.</summary>
    FlushContext = 0x00000165,

    /// <summary>TPM_CC_NV_ReadPublic.</summary>
    NV_ReadPublic = 0x00000169,

    /// <summary>TPM_CC_PolicyOR.</summary>
    PolicyOR = 0x00000171,

    /// <summary>TPM_CC_ReadPublic.</summary>
    ReadPublic = 0x00000173,

    /// <summary>TPM_CC_StartAuthSession.</summary>
    StartAuthSession = 0x00000176,

    /// <summary>TPM_CC_GetCapability.</summary>
    GetCapability = 0x0000017A,

    /// <summary>TPM_CC_GetRandom.</summary>
    GetRandom = 0x0000017B,

    /// <summary>TPM_CC_Hash.</summary>
    Hash = 0x0000017D,

    /// <summary>TPM_CC_PCR_Read.</summary>
    PCR_Read = 0x0000017E,

    /// <summary>TPM_CC_PCR_Extend.</summary>
    PCR_Extend = 0x00000182,

    /// <summary>TPM_CC_NV_Certify.</summary>
    NV_Certify = 0x00000184,

    /// <summary>TPM_CC_HashSequenceStart.</summary>
    HashSequenceStart = 0x00000186,
}
