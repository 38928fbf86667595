namespace HardwareAttestation.Structures;

/// <summary>TPM_CC: command codes (TPM 2.0 Library, Part 2, section 6.5.2; the last seven as in its version 1.83). A value that is not listed here is kept as it is.</summary>
public enum TpmCommandCode : uint
{
    /// <summary>No command.</summary>
    None = 0,

    /// <summary>TPM_CC_NV_UndefineSpaceSpecial.</summary>
    NV_UndefineSpaceSpecial = 0x0000011F,

    /// <summary>TPM_CC_EvictControl.</summary>
    EvictControl = 0x00000120,

    /// <summary>TPM_CC_HierarchyControl.</summary>
    HierarchyControl = 0x00000121,

    /// <summary>TPM_CC_NV_UndefineSpace.</summary>
    NV_UndefineSpace = 0x00000122,

    /// <summary>TPM_CC_ChangeEPS.</summary>
    ChangeEPS = 0x00000124,

    /// <summary>TPM_CC_ChangePPS.</summary>
    ChangePPS = 0x00000125,

    /// <summary>TPM_CC_Clear.</summary>
    Clear = 0x00000126,

    /// <summary>TPM_CC_ClearControl.</summary>
    ClearControl = 0x00000127,

    /// <summary>TPM_CC_ClockSet.</summary>
    ClockSet = 0x00000128,

    /// <summary>TPM_CC_HierarchyChangeAuth.</summary>
    HierarchyChangeAuth = 0x00000129,

    /// <summary>TPM_CC_NV_DefineSpace.</summary>
    NV_DefineSpace = 0x0000012A,

    /// <summary>TPM_CC_PCR_Allocate.</summary>
    PCR_Allocate = 0x0000012B,

    /// <summary>TPM_CC_PCR_SetAuthPolicy.</summary>
    PCR_SetAuthPolicy = 0x0000012C,

    /// <summary>TPM_CC_PP_Commands.</summary>
    PP_Commands = 0x0000012D,

    /// <summary>TPM_CC_SetPrimaryPolicy.</summary>
    SetPrimaryPolicy = 0x0000012E,

    /// <summary>TPM_CC_FieldUpgradeStart.</summary>
    FieldUpgradeStart = 0x0000012F,

    /// <summary>TPM_CC_ClockRateAdjust.</summary>
    ClockRateAdjust = 0x00000130,

    /// <summary>TPM_CC_CreatePrimary.</summary>
    CreatePrimary = 0x00000131,

    /// <summary>TPM_CC_NV_GlobalWriteLock.</summary>
    NV_GlobalWriteLock = 0x00000132,

    /// <summary>TPM_CC_GetCommandAuditDigest.</summary>
    GetCommandAuditDigest = 0x00000133,

    /// <summary>TPM_CC_NV_Increment.</summary>
    NV_Increment = 0x00000134,

    /// <summary>TPM_CC_NV_SetBits.</summary>
    NV_SetBits = 0x00000135,

    /// <summary>TPM_CC_NV_Extend.</summary>
    NV_Extend = 0x00000136,

    /// <summary>TPM_CC_NV_Write.</summary>
    NV_Write = 0x00000137,

    /// <summary>TPM_CC_NV_WriteLock.</summary>
    NV_WriteLock = 0x00000138,

    /// <summary>TPM_CC_DictionaryAttackLockReset.</summary>
    DictionaryAttackLockReset = 0x00000139,

    /// <summary>TPM_CC_DictionaryAttackParameters.</summary>
    DictionaryAttackParameters = 0x0000013A,

    /// <summary>TPM_CC_NV_ChangeAuth.</summary>
    NV_ChangeAuth = 0x0000013B,

    /// <summary>TPM_CC_PCR_Event.</summary>
    PCR_Event = 0x0000013C,

    /// <summary>TPM_CC_PCR_Reset.</summary>
    PCR_Reset = 0x0000013D,

    /// <summary>TPM_CC_SequenceComplete.</summary>
    SequenceComplete = 0x0000013E,

    /// <summary>TPM_CC_SetAlgorithmSet.</summary>
    SetAlgorithmSet = 0x0000013F,

    /// <summary>TPM_CC_SetCommandCodeAuditStatus.</summary>
    SetCommandCodeAuditStatus = 0x00000140,

    /// <summary>TPM_CC_FieldUpgradeData.</summary>
    FieldUpgradeData = 0x00000141,

    /// <summary>TPM_CC_IncrementalSelfTest.</summary>
    IncrementalSelfTest = 0x00000142,

    /// <summary>TPM_CC_SelfTest.</summary>
    SelfTest = 0x00000143,

    /// <summary>TPM_CC_Startup.</summary>
    Startup = 0x00000144,

    /// <summary>TPM_CC_Shutdown.</summary>
    Shutdown = 0x00000145,

    /// <summary>TPM_CC_StirRandom.</summary>
    StirRandom = 0x00000146,

    /// <summary>TPM_CC_ActivateCredential.</summary>
    ActivateCredential = 0x00000147,

    /// <summary>TPM_CC_Certify.</summary>
    Certify = 0x00000148,

    /// <summary>TPM_CC_PolicyNV.</summary>
    PolicyNV = 0x00000149,

    /// <summary>TPM_CC_CertifyCreation.</summary>
    CertifyCreation = 0x0000014A,

    /// <summary>TPM_CC_Duplicate.</summary>
    Duplicate = 0x0000014B,

    /// <summary>TPM_CC_GetTime.</summary>
    GetTime = 0x0000014C,

    /// <summary>TPM_CC_GetSessionAuditDigest.</summary>
    GetSessionAuditDigest = 0x0000014D,

    /// <summary>TPM_CC_NV_Read.</summary>
    NV_Read = 0x0000014E,

    /// <summary>TPM_CC_NV_ReadLock.</summary>
    NV_ReadLock = 0x0000014F,

    /// <summary>TPM_CC_ObjectChangeAuth.</summary>
    ObjectChangeAuth = 0x00000150,

    /// <summary>TPM_CC_PolicySecret.</summary>
    PolicySecret = 0x00000151,

    /// <summary>TPM_CC_Rewrap.</summary>
    Rewrap = 0x00000152,

    /// <summary>TPM_CC_Create.</summary>
    Create = 0x00000153,

    /// <summary>TPM_CC_ECDH_ZGen.</summary>
    ECDH_ZGen = 0x00000154,

    /// <summary>TPM_CC_HMAC, also TPM_CC_MAC.</summary>
    HMAC = 0x00000155,

    /// <summary>TPM_CC_Import.</summary>
    Import = 0x00000156,

    /// <summary>TPM_CC_Load.</summary>
    Load = 0x00000157,

    /// <summary>TPM_CC_Quote.</summary>
    Quote = 0x00000158,

    /// <summary>TPM_CC_RSA_Decrypt.</summary>
    RSA_Decrypt = 0x00000159,

    /// <summary>TPM_CC_HMAC_Start, also TPM_CC_MAC_Start.</summary>
    HMAC_Start = 0x0000015B,

    /// <summary>TPM_CC_SequenceUpdate.</summary>
    SequenceUpdate = 0x0000015C,

    /// <summary>TPM_CC_Sign.</summary>
    Sign = 0x0000015D,

    /// <summary>TPM_CC_Unseal.</summary>
    Unseal = 0x0000015E,

    /// <summary>TPM_CC_PolicySigned.</summary>
    PolicySigned = 0x00000160,

    /// <summary>TPM_CC_ContextLoad.</summary>
    ContextLoad = 0x00000161,

    /// <summary>TPM_CC_ContextSave.</summary>
    ContextSave = 0x00000162,

    /// <summary>TPM_CC_ECDH_KeyGen.</summary>
    ECDH_KeyGen = 0x00000163,

    /// <summary>TPM_CC_EncryptDecrypt.</summary>
    EncryptDecrypt = 0x00000164,

    /// <summary>TPM_CC_FlushContext.</summary>
    FlushContext = 0x00000165,

    /// <summary>TPM_CC_LoadExternal.</summary>
    LoadExternal = 0x00000167,

    /// <summary>TPM_CC_MakeCredential.</summary>
    MakeCredential = 0x00000168,

    /// <summary>TPM_CC_NV_ReadPublic.</summary>
    NV_ReadPublic = 0x00000169,

    /// <summary>TPM_CC_PolicyAuthorize.</summary>
    PolicyAuthorize = 0x0000016A,

    /// <summary>TPM_CC_PolicyAuthValue.</summary>
    PolicyAuthValue = 0x0000016B,

    /// <summary>TPM_CC_PolicyCommandCode.</summary>
    PolicyCommandCode = 0x0000016C,

    /// <summary>TPM_CC_PolicyCounterTimer.</summary>
    PolicyCounterTimer = 0x0000016D,

    /// <summary>TPM_CC_PolicyCpHash.</summary>
    PolicyCpHash = 0x0000016E,

    /// <summary>TPM_CC_PolicyLocality.</summary>
    PolicyLocality = 0x0000016F,

    /// <summary>TPM_CC_PolicyNameHash.</summary>
    PolicyNameHash = 0x00000170,

    /// <summary>TPM_CC_PolicyOR.</summary>
    PolicyOR = 0x00000171,

    /// <summary>TPM_CC_PolicyTicket.</summary>
    PolicyTicket = 0x00000172,

    /// <summary>TPM_CC_ReadPublic.</summary>
    ReadPublic = 0x00000173,

    /// <summary>TPM_CC_RSA_Encrypt.</summary>
    RSA_Encrypt = 0x00000174,

    /// <summary>TPM_CC_StartAuthSession.</summary>
    StartAuthSession = 0x00000176,

    /// <summary>TPM_CC_VerifySignature.</summary>
    VerifySignature = 0x00000177,

    /// <summary>TPM_CC_ECC_Parameters.</summary>
    ECC_Parameters = 0x00000178,

    /// <summary>TPM_CC_FirmwareRead.</summary>
    FirmwareRead = 0x00000179,

    /// <summary>TPM_CC_GetCapability.</summary>
    GetCapability = 0x0000017A,

    /// <summary>TPM_CC_GetRandom.</summary>
    GetRandom = 0x0000017B,

    /// <summary>TPM_CC_GetTestResult.</summary>
    GetTestResult = 0x0000017C,

    /// <summary>TPM_CC_Hash.</summary>
    Hash = 0x0000017D,

    /// <summary>TPM_CC_PCR_Read.</summary>
    PCR_Read = 0x0000017E,

    /// <summary>TPM_CC_PolicyPCR.</summary>
    PolicyPCR = 0x0000017F,

    /// <summary>TPM_CC_PolicyRestart.</summary>
    PolicyRestart = 0x00000180,

    /// <summary>TPM_CC_ReadClock.</summary>
    ReadClock = 0x00000181,

    /// <summary>TPM_CC_PCR_Extend.</summary>
    PCR_Extend = 0x00000182,

    /// <summary>TPM_CC_PCR_SetAuthValue.</summary>
    PCR_SetAuthValue = 0x00000183,

    /// <summary>TPM_CC_NV_Certify.</summary>
    NV_Certify = 0x00000184,

    /// <summary>TPM_CC_EventSequenceComplete.</summary>
    EventSequenceComplete = 0x00000185,

    /// <summary>TPM_CC_HashSequenceStart.</summary>
    HashSequenceStart = 0x00000186,

    /// <summary>TPM_CC_PolicyPhysicalPresence.</summary>
    PolicyPhysicalPresence = 0x00000187,

    /// <summary>TPM_CC_PolicyDuplicationSelect.</summary>
    PolicyDuplicationSelect = 0x00000188,

    /// <summary>TPM_CC_PolicyGetDigest.</summary>
    PolicyGetDigest = 0x00000189,

    /// <summary>TPM_CC_TestParms.</summary>
    TestParms = 0x0000018A,

    /// <summary>TPM_CC_Commit.</summary>
    Commit = 0x0000018B,

    /// <summary>TPM_CC_PolicyPassword.</summary>
    PolicyPassword = 0x0000018C,

    /// <summary>TPM_CC_ZGen_2Phase.</summary>
    ZGen_2Phase = 0x0000018D,

    /// <summary>TPM_CC_EC_Ephemeral.</summary>
    EC_Ephemeral = 0x0000018E,

    /// <summary>TPM_CC_PolicyNvWritten.</summary>
    PolicyNvWritten = 0x0000018F,

    /// <summary>TPM_CC_PolicyTemplate.</summary>
    PolicyTemplate = 0x00000190,

    /// <summary>TPM_CC_CreateLoaded.</summary>
    CreateLoaded = 0x00000191,

    /// <summary>TPM_CC_PolicyAuthorizeNV.</summary>
    PolicyAuthorizeNV = 0x00000192,

    /// <summary>TPM_CC_EncryptDecrypt2.</summary>
    EncryptDecrypt2 = 0x00000193,

    /// <summary>TPM_CC_AC_GetCapability.</summary>
    AC_GetCapability = 0x00000194,

    /// <summary>TPM_CC_AC_Send.</summary>
    AC_Send = 0x00000195,

    /// <summary>TPM_CC_Policy_AC_SendSelect.</summary>
    Policy_AC_SendSelect = 0x00000196,

    /// <summary>TPM_CC_CertifyX509.</summary>
    CertifyX509 = 0x00000197,

    /// <summary>TPM_CC_ACT_SetTimeout.</summary>
    ACT_SetTimeout = 0x00000198,

    /// <summary>TPM_CC_ECC_Encrypt.</summary>
    ECC_Encrypt = 0x00000199,

    /// <summary>TPM_CC_ECC_Decrypt.</summary>
    ECC_Decrypt = 0x0000019A,

    /// <summary>TPM_CC_PolicyCapability.</summary>
    PolicyCapability = 0x0000019B,

    /// <summary>TPM_CC_PolicyParameters.</summary>
    PolicyParameters = 0x0000019C,

    /// <summary>TPM_CC_NV_DefineSpace2.</summary>
    NV_DefineSpace2 = 0x0000019D,

    /// <summary>TPM_CC_NV_ReadPublic2.</summary>
    NV_ReadPublic2 = 0x0000019E,

    /// <summary>TPM_CC_SetCapability.</summary>
    SetCapability = 0x0000019F,
}
