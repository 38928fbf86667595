using System.Text.Json.Serialization.Metadata;
using HardwareAttestation.Protocol;
using Xunit.Abstractions;

namespace HardwareAttestation.Verifier.Tests.Mutations;

/// <summary>
/// Every change of every message of an enrolment: each byte of each field, each field dropped, doubled and of another type, fields of another machine's enrolment. A change is
/// refused, or stands in a table with the reason why nothing refuses it.
/// </summary>
public sealed class EnrollmentMutationTests
{
    private static readonly JsonTypeInfo<EnrollmentRequest> Request = ProtocolJson.EnrollmentRequest;
    private static readonly JsonTypeInfo<CredentialChallenge> Challenge = ProtocolJson.CredentialChallenge;
    private static readonly JsonTypeInfo<CredentialResponse> Response = ProtocolJson.CredentialResponse;

    private static readonly Dictionary<string, string> AcceptedOfEveryRequest = new()
    {
        ["endorsementCertificateChain[0]: twice"] = "an issuer's certificate counts once",
    };

    private const string Unneeded = "no chain needs this certificate: what comes along is only tried, and one that is malformed is passed over";
    private const string NotTheKeyItself = "beside the key itself, an endorsement key's public area is its presenter's word; a quote tells it only of a key that is under it";

    /// <summary>Of a machine that also sends a certificate that no chain needs, and whose attestation key is not under the endorsement key.</summary>
    private static readonly Dictionary<string, string> AcceptedWithStorageParent = new()
    {
        ["endorsementCertificateChain: another order"] = "issuers' certificates may come in any order",
        ["endorsementCertificateChain: of another machine"] = Unneeded,
        ["endorsementCertificateChain[1]: another value"] = Unneeded,
        ["endorsementCertificateChain[1]: byte"] = Unneeded,
        ["endorsementCertificateChain[1]: length"] = Unneeded,
        ["endorsementCertificateChain[1]: missing"] = Unneeded,
        ["endorsementCertificateChain[1]: twice"] = Unneeded,
        ["endorsementPublic/authPolicy: byte"] = NotTheKeyItself,
        ["endorsementPublic/objectAttributes, several bits: byte"] = NotTheKeyItself,
    };

    /// <summary>Bits of objectAttributes on which it does not depend what an endorsement key can do: all but fixedTPM, fixedParent, sensitiveDataOrigin,
    /// encryptedDuplication, restricted, decrypt and sign.</summary>
    private static readonly int[] OtherAttributes = [.. Enumerable.Range(0, 32).Except([1, 4, 5, 11, 16, 17, 18])];

    private static readonly Dictionary<string, string> AcceptedWithoutStorageParent = new()
    {
        [$"storageParentPublic: missing ({MutationLedger.Same})"] = "it is empty, as it is when it is missing",
        [$"storageParentPublic: renamed ({MutationLedger.Same})"] = "it is empty, as it is when it is missing; fields that are not known are passed over",
    };

    private readonly ITestOutputHelper _output;

    public EnrollmentMutationTests(ITestOutputHelper output) => _output = output;

    public static TheoryData<string> Kinds => TranscriptFleet.Kinds;

    // A changed request may be a right one of another machine. So the machine answers whatever challenge comes of it, and what counts is whether it is enrolled, and boots.
    [Theory]
    [InlineData("rsa2048 + p256")]
    [InlineData("p256 + rsassa")]
    [InlineData("p256 + rsapss under a storage root key")]
    public async Task A_changed_request_is_refused_by_the_server_by_the_TPM_or_at_the_first_boot(string kind)
    {
        using TranscriptFleet fleet = new(kind);
        string right = TranscriptFleet.Write(fleet.Machine.Ask(), Request);
        string other = TranscriptFleet.Write(fleet.Other.Ask(), Request);
        (await TryRequestAsync(fleet, fleet.Machine, right)).Should().Be(MutationLedger.Same);
        JsonChanges changes = new()
        {
            BytesFields = new HashSet<string> { "endorsementCertificate", "endorsementCertificateChain", "endorsementPublic", "attestationPublic", "storageParentPublic" },
            FlipsOf = (path, position) => IsPublicArea(path) && position < PublicAreaParts.AttributesEnd ? Flips.All : Flips.Two,
            PartOf = (path, bytes, change) => IsPublicArea(path) && bytes.Length > 0 ? PublicAreaParts.NameOf(bytes, change) : null,
        };
        MutationLedger ledger = new();
        await ledger.TryAsync(changes.Of(right), text => TryRequestAsync(fleet, fleet.Machine, text));
        await ledger.TryAsync(JsonChanges.Swap(right, other, "another machine", all: true), text => TryRequestAsync(fleet, fleet.Machine, text));

        ledger.Report(
            _output,
            $"enrolment request, {kind}",
            AcceptedOfEveryRequest,
            kind.Contains("storage", StringComparison.Ordinal)
                ? OtherAttributes.ToDictionary(bit => $"endorsementPublic/objectAttributes, bit {bit}: byte", _ => NotTheKeyItself)
                    .Concat(AcceptedWithStorageParent).ToDictionary()
                : AcceptedWithoutStorageParent);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_changed_credential_is_refused_by_the_TPM_or_its_answer_by_the_server(string kind)
    {
        using TranscriptFleet fleet = new(kind);
        string right = TranscriptFleet.Write(await fleet.BeginAsync(fleet.Machine), Challenge);
        string earlier = TranscriptFleet.Write(await fleet.BeginAsync(fleet.Machine), Challenge);
        string others = TranscriptFleet.Write(await fleet.BeginAsync(fleet.Other), Challenge);
        (await TryAsync(right)).Should().Be(MutationLedger.Same);
        JsonChanges changes = new()
        {
            BytesFields = new HashSet<string> { "credentialBlob", "encryptedSecret" },
            FlipsOf = (_, _) => kind.StartsWith("rsa", StringComparison.Ordinal) ? Flips.One : Flips.Four,
        };
        MutationLedger ledger = new();
        await ledger.TryAsync(changes.Of(right), TryAsync);
        await ledger.TryAsync(JsonChanges.Swap(right, others, "another machine", all: true), TryAsync);
        await ledger.TryAsync(JsonChanges.Swap(right, earlier, "another challenge", all: false), TryAsync);

        ledger.Report(_output, $"credential challenge, {kind}", new Dictionary<string, string>
        {
            ["expiresAt: text"] = "for the agent to know; what counts is the server's own record and clock",
        });

        async Task<string?> TryAsync(string text) => TranscriptFleet.Read(text, Challenge) is not { } challenge ? "JsonException"
            : fleet.Machine.Answer(challenge) is not { } response ? "the agent or the TPM"
            : await TryResponseAsync(fleet, response, TranscriptFleet.Write(challenge, Challenge) == right);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_changed_proof_is_refused(string kind)
    {
        using TranscriptFleet fleet = new(kind);
        string right = TranscriptFleet.Write(fleet.Machine.Answer(await fleet.BeginAsync(fleet.Machine))!, Response);
        string earlier = TranscriptFleet.Write(fleet.Machine.Answer(await fleet.BeginAsync(fleet.Machine))!, Response);
        string others = TranscriptFleet.Write(fleet.Other.Answer(await fleet.BeginAsync(fleet.Other))!, Response);
        (await TryAsync(right)).Should().Be(MutationLedger.Same);
        JsonChanges changes = new() { BytesFields = new HashSet<string> { "proof" } };
        MutationLedger ledger = new();
        await ledger.TryAsync(changes.Of(right), TryAsync);
        await ledger.TryAsync(JsonChanges.OfCharacters(right), TryAsync);
        await ledger.TryAsync(JsonChanges.Swap(right, others, "another machine", all: false), TryAsync);
        await ledger.TryAsync(JsonChanges.Swap(right, earlier, "another challenge", all: false), TryAsync);

        ledger.Report(_output, $"credential response, {kind}");

        async Task<string?> TryAsync(string text) => TranscriptFleet.Read(text, Response) is { } response
            ? await TryResponseAsync(fleet, response, TranscriptFleet.Write(response, Response) == right)
            : "JsonException";
    }

    private static bool IsPublicArea(string path) => path.EndsWith("Public", StringComparison.Ordinal);

    // The whole transcript, up to the first quote.
    private static async Task<string?> TryRequestAsync(TranscriptFleet fleet, TranscriptMachine machine, string text)
    {
        if (TranscriptFleet.Read(text, Request) is not { } request)
        {
            return "JsonException";
        }

        EnrollmentOffer offer = await fleet.Verifier.BeginEnrollmentAsync(request);
        if (!offer.Verdict.IsVerified)
        {
            offer.Challenge.Should().BeNull();
            return TranscriptFleet.ChecksOf(offer.Verdict);
        }

        if (machine.Answer(offer.Challenge!) is not { } response)
        {
            return "the TPM";
        }

        EnrollmentResult result = await fleet.Verifier.CompleteEnrollmentAsync(response);
        if (!result.Verdict.IsVerified)
        {
            return TranscriptFleet.ChecksOf(result.Verdict);
        }

        AttestationEvidence evidence = machine.Answer(await fleet.ChallengeAsync(machine))!;
        AttestationResult boot = await fleet.Verifier.VerifyAsync(evidence);
        await fleet.RemoveAsync(machine.Node);
        return !boot.Verdict.IsVerified ? $"{TranscriptFleet.ChecksOf(boot.Verdict)} at the first boot"
            : TranscriptFleet.Write(request, Request) == TranscriptFleet.Write(machine.Ask(), Request) ? MutationLedger.Same : null;
    }

    private static async Task<string?> TryResponseAsync(TranscriptFleet fleet, CredentialResponse response, bool isSame)
    {
        EnrollmentResult result = await fleet.Verifier.CompleteEnrollmentAsync(response);
        if (!result.Verdict.IsVerified)
        {
            result.Device.Should().BeNull();
            return TranscriptFleet.ChecksOf(result.Verdict);
        }

        await fleet.RemoveAsync(result.Device!.NodeId);
        return isSame ? MutationLedger.Same : null;
    }
}
