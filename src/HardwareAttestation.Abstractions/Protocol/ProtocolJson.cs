using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace HardwareAttestation.Protocol;

/// <summary>
/// The JSON form of the protocol's messages, without reflection. Pass <c>ProtocolJson.EnrollmentRequest</c> and its like to <see cref="JsonSerializer"/> or to
/// <c>HttpClient</c>'s extensions, or give a web framework's options to <see cref="Configure"/>.
/// </summary>
/// <remarks>
/// Reading is strict: a missing or null field, a field named twice, or bytes that are not base64 answer <see cref="JsonException"/>.
/// Fields that are not known are passed over, so that later versions can add some. Within a web framework, its own options decide about nulls,
/// fields named twice and depth; the verifier refuses a message that lacks something all the same.
/// </remarks>
public static class ProtocolJson
{
    /// <summary>What an agent sends to be enrolled.</summary>
    public static JsonTypeInfo<EnrollmentRequest> EnrollmentRequest => ProtocolJsonContext.Default.EnrollmentRequest;

    /// <summary>What a server answers to that.</summary>
    public static JsonTypeInfo<CredentialChallenge> CredentialChallenge => ProtocolJsonContext.Default.CredentialChallenge;

    /// <summary>The agent's proof.</summary>
    public static JsonTypeInfo<CredentialResponse> CredentialResponse => ProtocolJsonContext.Default.CredentialResponse;

    /// <summary>What a server asks at boot.</summary>
    public static JsonTypeInfo<AttestationChallenge> AttestationChallenge => ProtocolJsonContext.Default.AttestationChallenge;

    /// <summary>The agent's answer to that.</summary>
    public static JsonTypeInfo<AttestationEvidence> AttestationEvidence => ProtocolJsonContext.Default.AttestationEvidence;

    /// <summary>What a verification came to.</summary>
    public static JsonTypeInfo<Verdict> Verdict => ProtocolJsonContext.Default.Verdict;

    /// <summary>Knows all of them: for <see cref="JsonSerializerOptions.TypeInfoResolver"/>.</summary>
    public static IJsonTypeInfoResolver Resolver => ProtocolJsonContext.Default;

    /// <summary>Lets options read and write the messages, before whatever else they know: for <c>ConfigureHttpJsonOptions</c> of ASP.NET Core.</summary>
    /// <param name="options">The options.</param>
    /// <exception cref="InvalidOperationException">The options were used already.</exception>
    public static void Configure(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.TypeInfoResolverChain.Insert(0, Resolver);
    }
}
