namespace HardwareAttestation.Client;

/// <summary>The words by which telemetry calls the operations. They stay when methods get other names.</summary>
internal static class ClientOperation
{
    public const string ActivateCredential = "activate-credential";
    public const string AdoptKey = "adopt-key";
    public const string Certify = "certify";
    public const string CertifyNV = "certify-nv";
    public const string CreateEnrollmentRequest = "create-enrollment-request";
    public const string CreateKey = "create-key";
    public const string EvictKey = "evict-key";
    public const string FindEndorsementKey = "find-endorsement-key";
    public const string FindEndorsementKeys = "find-endorsement-keys";
    public const string GetRandom = "get-random";
    public const string GetTime = "get-time";
    public const string GetTpmInfo = "get-tpm-info";
    public const string LoadKey = "load-key";
    public const string PersistKey = "persist-key";
    public const string Probe = "probe";
    public const string Quote = "quote";
    public const string ReadPcrs = "read-pcrs";
    public const string Sign = "sign";
}
