using System.Text.Json.Serialization.Metadata;
using HardwareAttestation.Protocol;
using Xunit.Abstractions;

namespace HardwareAttestation.Verifier.Tests.Mutations;

/// <summary>Every change of both messages of a boot, with a quote and with a plain signature: see <see cref="EnrollmentMutationTests"/>.</summary>
public sealed class EvidenceMutationTests
{
    private const string OneNonceOneNode = "a quote carries the nonce, which was issued to one node, and not the node's name";
    private const string NotAskedFor = "only a signature was asked for: nothing else is looked at, and nothing else is given out";
    private const string Empty = "it is empty, as it is when it is missing; fields that are not known are passed over";
    private static readonly JsonTypeInfo<AttestationChallenge> Challenge = ProtocolJson.AttestationChallenge;
    private static readonly JsonTypeInfo<AttestationEvidence> Evidence = ProtocolJson.AttestationEvidence;

    private static readonly Dictionary<string, string> AcceptedOfAnyChallenge = new()
    {
        ["expiresAt: text"] = "for the agent to know; what counts is the server's own record and clock",
    };

    private static readonly Dictionary<string, string> AcceptedOfQuoteChallenge = new()
    {
        ["nodeId: text"] = OneNonceOneNode,
        ["nodeId: another value"] = OneNonceOneNode,
        ["nodeId: of another machine"] = OneNonceOneNode,
    };

    private static readonly Dictionary<string, string> AcceptedOfSignature = new()
    {
        ["attest: length"] = NotAskedFor,
        ["pcrValues: another value"] = NotAskedFor,
        [$"attest: missing ({MutationLedger.Same})"] = Empty,
        [$"attest: renamed ({MutationLedger.Same})"] = Empty,
        [$"pcrValues: missing ({MutationLedger.Same})"] = Empty,
        [$"pcrValues: renamed ({MutationLedger.Same})"] = Empty,
        [$"character ({MutationLedger.Same})"] = $"in the name of a field; {Empty}",
    };

    private readonly ITestOutputHelper _output;

    public EvidenceMutationTests(ITestOutputHelper output) => _output = output;

    public static TheoryData<string, bool> Kinds
    {
        get
        {
            TheoryData<string, bool> kinds = [];
            foreach (string kind in TranscriptFleet.AllKinds)
            {
                kinds.Add(kind, true);
                kinds.Add(kind, false);
            }

            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_changed_challenge_gets_an_answer_that_is_refused(string kind, bool quotes)
    {
        using TranscriptFleet fleet = await CreateAsync(kind, quotes);
        string right = TranscriptFleet.Write(await fleet.ChallengeAsync(fleet.Machine), Challenge);
        string earlier = TranscriptFleet.Write(await fleet.ChallengeAsync(fleet.Machine), Challenge);
        string others = TranscriptFleet.Write(await fleet.ChallengeAsync(fleet.Other), Challenge);
        (await TryAsync(right)).Should().Be(MutationLedger.Same);
        JsonChanges changes = new() { BytesFields = new HashSet<string> { "nonce" } };
        MutationLedger ledger = new();
        await ledger.TryAsync(changes.Of(right), TryAsync);
        await ledger.TryAsync(JsonChanges.Swap(right, others, "another machine", all: true), TryAsync);
        await ledger.TryAsync(JsonChanges.Swap(right, earlier, "another challenge", all: false), TryAsync);

        ledger.Report(_output, $"{(quotes ? "quote" : "signature")} challenge, {kind}", AcceptedOfAnyChallenge, quotes ? AcceptedOfQuoteChallenge : []);

        async Task<string?> TryAsync(string text) => TranscriptFleet.Read(text, Challenge) is not { } challenge ? "JsonException"
            : Answer(fleet.Machine, challenge) is not { } evidence ? "the agent"
            : await VerifyAsync(fleet, evidence, TranscriptFleet.Write(challenge, Challenge) == right);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Changed_evidence_is_refused(string kind, bool quotes)
    {
        using TranscriptFleet fleet = await CreateAsync(kind, quotes);
        string right = TranscriptFleet.Write(fleet.Machine.Answer(await fleet.ChallengeAsync(fleet.Machine))!, Evidence);
        string earlier = TranscriptFleet.Write(fleet.Machine.Answer(await fleet.ChallengeAsync(fleet.Machine))!, Evidence);
        string others = TranscriptFleet.Write(fleet.Other.Answer(await fleet.ChallengeAsync(fleet.Other))!, Evidence);
        (await TryAsync(right)).Should().Be(MutationLedger.Same);
        Flips flips = kind switch
        {
            "rsa2048 + p256" => Flips.All,
            "p384 + p384" => Flips.One,
            _ => Flips.Four,
        };
        JsonChanges changes = new() { BytesFields = new HashSet<string> { "attest", "signature", "digest" }, FlipsOf = (_, _) => flips };
        MutationLedger ledger = new();
        await ledger.TryAsync(changes.Of(right), TryAsync);
        await ledger.TryAsync(JsonChanges.OfCharacters(right), TryAsync);
        await ledger.TryAsync(JsonChanges.Swap(right, others, "another machine", all: false), TryAsync);
        await ledger.TryAsync(JsonChanges.Swap(right, earlier, "another challenge", all: false), TryAsync);

        ledger.Report(_output, $"{(quotes ? "quote" : "signature")}, {kind}", quotes ? [] : AcceptedOfSignature);

        async Task<string?> TryAsync(string text) => TranscriptFleet.Read(text, Evidence) is { } evidence
            ? await VerifyAsync(fleet, evidence, TranscriptFleet.Write(evidence, Evidence) == right)
            : "JsonException";
    }

    private static async Task<TranscriptFleet> CreateAsync(string kind, bool quotes)
    {
        TranscriptFleet fleet = new(kind, quotes);
        await fleet.EnrollAsync(fleet.Machine);
        await fleet.EnrollAsync(fleet.Other);
        return fleet;
    }

    // A PCR bank that a TPM does not have.
    private static AttestationEvidence? Answer(TranscriptMachine machine, AttestationChallenge challenge)
    {
        try
        {
            return machine.Answer(challenge);
        }
        catch (TpmFormatException)
        {
            return null;
        }
    }

    private static async Task<string?> VerifyAsync(TranscriptFleet fleet, AttestationEvidence evidence, bool isSame)
    {
        AttestationResult result = await fleet.Verifier.VerifyAsync(evidence);
        if (!result.Verdict.IsVerified)
        {
            (result.Device is null && result.Attested is null && result.PcrValues.Count == 0).Should().BeTrue("evidence that is refused gives nothing out");
            return TranscriptFleet.ChecksOf(result.Verdict);
        }

        (result.Attested is null).Should().Be(result.PcrValues.Count == 0);
        return isSame ? MutationLedger.Same : null;
    }
}
