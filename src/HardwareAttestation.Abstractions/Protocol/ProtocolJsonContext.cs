using System.Text.Json.Serialization;

namespace HardwareAttestation.Protocol;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false,
    MaxDepth = 8)]
[JsonSerializable(typeof(EnrollmentRequest))]
[JsonSerializable(typeof(CredentialChallenge))]
[JsonSerializable(typeof(CredentialResponse))]
[JsonSerializable(typeof(AttestationChallenge))]
[JsonSerializable(typeof(AttestationEvidence))]
[JsonSerializable(typeof(Verdict))]
internal sealed partial class ProtocolJsonContext : JsonSerializerContext;
