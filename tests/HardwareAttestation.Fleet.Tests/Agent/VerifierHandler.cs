using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HardwareAttestation.Emulation;
using HardwareAttestation.Protocol;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.Fleet.Tests.Agent;

/// <summary>The verifier behind the server's calls without the server, so that a test can put anything in the place of one answer.</summary>
internal sealed class VerifierHandler : HttpMessageHandler
{
    private readonly AttestationVerifier _verifier;
    private readonly List<string> _asked = [];

    private VerifierHandler(AttestationVerifier verifier)
    {
        _verifier = verifier;
    }

    public DeviceRegistry Devices => _verifier.Devices;

    /// <summary>The calls so far, by the last part of their path.</summary>
    public IReadOnlyList<string> Asked => _asked;

    /// <summary>Gets the call, and gives an answer in the place of the verifier's, or null.</summary>
    public Func<string, string?> Replace { get; set; } = _ => null;

    public static async Task<VerifierHandler> CreateAsync()
    {
        TpmManufacturer manufacturer = await SharedMachines.GetManufacturerAsync();
        AttestationVerifierOptions options = new();
        options.TrustAnchors.Add(X509CertificateLoader.LoadCertificateFromFile(manufacturer.RootCertificatePath));
        options.Intermediates.Add(X509CertificateLoader.LoadCertificateFromFile(manufacturer.IssuerCertificatePath));
        options.EndorsementCertificates.AllowedTrustClasses.Add(EndorsementTrustClass.SoftwareEmulator);
        return new VerifierHandler(new AttestationVerifier(options));
    }

    public void ForgetCalls() => _asked.Clear();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string call = request.RequestUri!.Segments[^1];
        _asked.Add(call);
        byte[] body = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
        if (Replace(call) is { } replaced)
        {
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(replaced) };
        }

        switch (call)
        {
            case "challenges":
                using (JsonDocument question = JsonDocument.Parse(body))
                {
                    string node = question.RootElement.GetProperty("nodeId").GetString()!;
                    ChallengeOffer offer = await _verifier.CreateChallengeAsync(node, cancellationToken);
                    return Answer(offer.Verdict, offer.Challenge, ProtocolJson.AttestationChallenge);
                }

            case "enrollments":
                EnrollmentRequest enrollment = JsonSerializer.Deserialize(body, ProtocolJson.EnrollmentRequest)!;
                EnrollmentOffer credential = await _verifier.BeginEnrollmentAsync(enrollment, cancellationToken);
                return Answer(credential.Verdict, credential.Challenge, ProtocolJson.CredentialChallenge);
            case "complete":
                CredentialResponse response = JsonSerializer.Deserialize(body, ProtocolJson.CredentialResponse)!;
                Verdict enrolled = (await _verifier.CompleteEnrollmentAsync(response, cancellationToken)).Verdict;
                return Answer(enrolled, enrolled, ProtocolJson.Verdict);
            default:
                AttestationEvidence evidence = JsonSerializer.Deserialize(body, ProtocolJson.AttestationEvidence)!;
                Verdict attested = (await _verifier.VerifyAsync(evidence, cancellationToken)).Verdict;
                return Answer(attested, attested, ProtocolJson.Verdict);
        }
    }

    private static HttpResponseMessage Answer<T>(Verdict verdict, T? answer, JsonTypeInfo<T> form)
    {
        if (verdict.IsVerified)
        {
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(JsonSerializer.Serialize(answer!, form)) };
        }

        bool isUnknown = verdict.Refusals.First().Check == "device.enrolled";
        return new HttpResponseMessage(isUnknown ? HttpStatusCode.NotFound : HttpStatusCode.Forbidden)
        {
            Content = new StringContent($$"""{"verdict":{{JsonSerializer.Serialize(verdict, ProtocolJson.Verdict)}}}"""),
        };
    }
}
