using System.Text.Json.Serialization;

namespace HardwareAttestation.Protocol;

/// <summary>
/// The JSON form of the protocol's messages, generated at compile time. Pass <c>ProtocolJsonContext.Default.EnrollmentRequest</c> and its like to
/// <see cref="System.Text.Json.JsonSerializer"/>, or insert <c>ProtocolJsonContext.Default</c> into a web framework's type resolvers.
/// </summary>
/// <remarks>
/// Reading is strict: a missing or null field, a field named twice, or bytes that are not base64 answer <see cref="System.Text.Json.JsonException"/>.
/// Fields that are not known are passed over, so that later versions can add some. Within a web framework, its own options decide about nulls,
/// fields named twice and depth; the verifier refuses a message that lacks something all the same.
/// </remarks>
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
public sealed partial class ProtocolJsonContext : JsonSerializerContext;
