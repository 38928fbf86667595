using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier.Testing;
using HardwareAttestation.Verifier.Tests.Enrollment;

namespace HardwareAttestation.Verifier.Tests.Mutations;

/// <summary>Two machines of a kind, their verifier, and their messages in JSON, right or changed.</summary>
internal sealed class TranscriptFleet : IDisposable
{
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly TestAuthority _issuer;
    private readonly TestAuthority _stranger = TestAuthority.CreateRoot("CN=Test TPM Stranger");
    private readonly BrokenDeviceStore _devices = new();
    private readonly ManualTimeProvider _time = new();

    /// <param name="kind">The endorsement key and the attestation key. Those in a storage hierarchy also send certificates that no chain needs.</param>
    /// <param name="quotes">Whether boot challenges ask for quotes.</param>
    public TranscriptFleet(string kind, bool quotes = true)
    {
        // An enrolment that was tried may be removed and tried once more: a real store would refuse it then.
        _devices.Mark = (_, _) => Task.FromResult(0L);
        _devices.Add = (device, _) => _devices.AddAnywayAsync(device);
        _issuer = _root.CreateIntermediate();
        AttestationVerifierOptions options = new();
        options.TrustAnchors.Add(_root.Certificate);
        options.PcrSelection = quotes ? TpmlPcrSelection.Parse("sha256:0,1,7+sha384:0") : null;
        Verifier = new AttestationVerifier(options, _devices, new RepeatingChallengeStore(), timeProvider: _time);
        Machine = CreateMachine(kind, "rack1-node7", 0);
        Other = CreateMachine(kind, "rack1-node8", 1);
    }

    public static string[] AllKinds => ["rsa2048 + p256", "p256 + rsassa", "p256 + rsapss under a storage root key", "p384 + p384"];

    public static TheoryData<string> Kinds => [.. AllKinds];

    public AttestationVerifier Verifier { get; }

    public TranscriptMachine Machine { get; }

    public TranscriptMachine Other { get; }

    /// <summary>Writes a message as a machine or the server does.</summary>
    public static string Write<T>(T message, JsonTypeInfo<T> type) => JsonSerializer.Serialize(message, type);

    /// <summary>Reads a message as the server or an agent does; null where it is none.</summary>
    public static T? Read<T>(string text, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(Encoding.UTF8.GetBytes(text), type);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public async Task<CredentialChallenge> BeginAsync(TranscriptMachine machine)
    {
        EnrollmentOffer offer = await Verifier.BeginEnrollmentAsync(machine.Ask());
        offer.Verdict.ShouldBeVerified();
        return offer.Challenge!;
    }

    public async Task EnrollAsync(TranscriptMachine machine) =>
        (await Verifier.CompleteEnrollmentAsync(machine.Answer(await BeginAsync(machine))!)).Verdict.ShouldBeVerified();

    public async Task<AttestationChallenge> ChallengeAsync(TranscriptMachine machine) => (await Verifier.CreateChallengeAsync(machine.Node)).Challenge!;

    public Task RemoveAsync(string node) => _devices.RemoveAsync(node);

    /// <summary>The checks that refuse.</summary>
    public static string ChecksOf(Verdict verdict) => string.Join(", ", verdict.Refusals.Select(finding => finding.Check).Distinct(StringComparer.Ordinal));

    public void Dispose()
    {
        Machine.Dispose();
        Other.Dispose();
        _issuer.Dispose();
        _stranger.Dispose();
        _root.Dispose();
    }

    private TranscriptMachine CreateMachine(string kind, string node, int index)
    {
        (SoftwareEndorsementKey endorsementKey, string attestationKey) = kind switch
        {
            "rsa2048 + p256" => (SoftwareEndorsementKey.Rsa(index: 2 + index), "p256"),
            "p384 + p384" => (SoftwareEndorsementKey.Ecc(TpmEccCurve.NistP384, TpmAlgId.Sha384, TpmtSymDef.Aes256Cfb), "p384"),
            "p256 + rsassa" => (SoftwareEndorsementKey.Ecc(), "rsassa"),
            _ => (SoftwareEndorsementKey.Ecc(), "rsapss"),
        };
        bool hasParent = kind.Contains("under", StringComparison.Ordinal);
        SoftwareTpm tpm = new(endorsementKey, _issuer.Issue(endorsementKey), SoftwareKey.Create(attestationKey, index: index));
        byte[] unneeded = _stranger.Issue(_stranger.Certificate.PublicKey, CertificateDetails.Authority, $"CN=Stranger {index}");
        byte[][] chain = hasParent ? [_issuer.Certificate.RawData, unneeded] : [_issuer.Certificate.RawData];
        return new TranscriptMachine(node, tpm, chain, hasParent ? SoftwareEndorsementKey.Ecc() : null);
    }
}
