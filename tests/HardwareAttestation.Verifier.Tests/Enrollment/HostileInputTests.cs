using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier.Testing;
using HardwareAttestation.Wire;
using Xunit.Abstractions;

namespace HardwareAttestation.Verifier.Tests.Enrollment;

/// <summary>
/// Whole transcripts with random changes, the same ones at every run: whatever arrives gives a verdict and never an exception, and what was changed in an
/// answer is refused.
/// </summary>
public sealed class HostileInputTests : IDisposable
{
    private readonly SoftwareFleet _fleet = new();
    private readonly ITestOutputHelper _output;
    private readonly SortedDictionary<string, int> _refusals = new(StringComparer.Ordinal);
    private int _malformed;
    private int _verdicts;

    public HostileInputTests(ITestOutputHelper output) => _output = output;

    public void Dispose() => _fleet.Dispose();

    [Theory]
    [InlineData(1, "p256")]
    [InlineData(2, "rsa")]
    public async Task A_changed_request_gives_a_verdict(int seed, string kind)
    {
        Mutator mutator = new(seed);
        SoftwareTpm tpm = _fleet.CreateTpm(kind == "rsa" ? SoftwareEndorsementKey.Rsa() : null, kind == "rsa" ? "rsassa" : "p256");
        EnrollmentRequest right = tpm.Ask(SoftwareFleet.Node);
        for (int i = 0; i < 1500; i++)
        {
            int field = mutator.Next(4);
            EnrollmentRequest? changed = field == 3
                ? ThroughJson(right, ProtocolJson.EnrollmentRequest, mutator)
                : new EnrollmentRequest
                {
                    NodeId = right.NodeId,
                    EndorsementCertificate = Change(right.EndorsementCertificate, field == 0),
                    EndorsementPublic = Change(right.EndorsementPublic, field == 1),
                    AttestationPublic = Change(right.AttestationPublic, field == 2),
                };
            if (changed is not null)
            {
                // Some changes make another key or node that is as good as the first, so only the certificate's are refused for certain.
                EnrollmentOffer offer = await _fleet.Verifier.BeginEnrollmentAsync(changed);
                Count(offer.Verdict, mustRefuse: field == 0);
                (offer.Challenge is null).Should().Be(!offer.Verdict.IsVerified);
            }
        }

        Report();

        ReadOnlyMemory<byte> Change(ReadOnlyMemory<byte> bytes, bool change) => change ? mutator.Mutate(bytes.Span) : bytes;
    }

    [Theory]
    [InlineData(3)]
    public async Task A_changed_secret_is_refused(int seed)
    {
        Mutator mutator = new(seed);
        SoftwareTpm tpm = _fleet.CreateTpm();
        for (int i = 0; i < 300; i++)
        {
            CredentialResponse right = tpm.Answer(await _fleet.BeginAsync(tpm));
            bool json = mutator.Next(2) == 0;
            CredentialResponse? changed = json
                ? ThroughJson(right, ProtocolJson.CredentialResponse, mutator)
                : new CredentialResponse { ChallengeId = right.ChallengeId, Proof = mutator.Mutate(right.Proof.Span) };
            if (changed is not null)
            {
                bool same = changed.ChallengeId == right.ChallengeId
                    && changed.Version == right.Version && changed.Proof.Span.SequenceEqual(right.Proof.Span);
                Count((await _fleet.Verifier.CompleteEnrollmentAsync(changed)).Verdict, mustRefuse: !same);
                await _fleet.Devices.RemoveAsync(SoftwareFleet.Node);
            }
        }

        Report();
    }

    [Theory]
    [InlineData(4, "p256")]
    [InlineData(5, "rsassa")]
    [InlineData(6, "rsapss")]
    public async Task Changed_evidence_is_refused(int seed, string kind)
    {
        Mutator mutator = new(seed);
        SoftwareTpm tpm = await _fleet.EnrollAsync(tpm: _fleet.CreateTpm(attestationKey: kind));
        for (int i = 0; i < 700; i++)
        {
            AttestationEvidence right = tpm.Answer(await _fleet.ChallengeAsync());
            AttestationEvidence? changed = mutator.Next(4) switch
            {
                0 => With(right, attest: mutator.Mutate(right.Attest.Span)),
                1 => With(right, signature: mutator.Mutate(right.Signature.Span)),
                2 => With(right, values: ChangeValues(right.PcrValues, mutator)),
                _ => ThroughJson(right, ProtocolJson.AttestationEvidence, mutator),
            };
            if (changed is not null)
            {
                AttestationResult result = await _fleet.Verifier.VerifyAsync(changed);
                Count(result.Verdict, mustRefuse: !AreSame(right, changed));
                (result.Attested is null).Should().Be(!result.Verdict.IsVerified);
            }
        }

        Report();
    }

    // What a machine with the key itself could sign: the structure is changed before it is signed, so that all of the parser is reached.
    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Changed_structures_with_right_signatures_give_a_verdict(int seed)
    {
        Mutator mutator = new(seed);
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        for (int i = 0; i < 1500; i++)
        {
            AttestationEvidence right = tpm.Answer(await _fleet.ChallengeAsync());
            byte[] attest = mutator.Mutate(right.Attest.Span);

            // Clock and firmware version are the machine's own word, so that some changes are verified.
            AttestationResult result = await _fleet.Verifier.VerifyAsync(With(right, attest: attest, signature: tpm.AttestationKey.Sign(attest)));
            Count(result.Verdict, mustRefuse: false);
            if (result.Verdict.IsVerified)
            {
                result.Attested!.ExtraData.ToArray().Should().Equal(TpmWire.Parse<TpmsAttest>(right.Attest.Span).ExtraData.ToArray());
                await _fleet.Devices.RemoveAsync(SoftwareFleet.Node);
                tpm = await _fleet.EnrollAsync();
            }
        }

        Report();
    }

    private static AttestationEvidence With(
        AttestationEvidence evidence, byte[]? attest = null, byte[]? signature = null, IReadOnlyList<PcrValue>? values = null) => new()
        {
            ChallengeId = evidence.ChallengeId,
            Attest = attest ?? evidence.Attest,
            Signature = signature ?? evidence.Signature,
            PcrValues = values ?? evidence.PcrValues,
        };

    private static PcrValue[] ChangeValues(IReadOnlyList<PcrValue> values, Mutator mutator)
    {
        List<PcrValue> changed = [.. values];
        int at = mutator.Next(changed.Count);
        switch (mutator.Next(6))
        {
            case 0:
                changed[at] = changed[at] with { Digest = mutator.Mutate(changed[at].Digest.Span) };
                break;
            case 1:
                changed[at] = changed[at] with { Pcr = changed[at].Pcr + 1 - (2 * mutator.Next(2)) };
                break;
            case 2:
                changed[at] = changed[at] with { Bank = (TpmAlgId)mutator.Next(10) };
                break;
            case 3:
                changed.RemoveAt(at);
                break;
            case 4:
                changed.Insert(at, changed[mutator.Next(changed.Count)]);
                break;
            default:
                changed[at] = null!;
                break;
        }

        return [.. changed];
    }

    private static bool AreSame(AttestationEvidence left, AttestationEvidence right) =>
        left.Version == right.Version
        && left.ChallengeId == right.ChallengeId
        && left.Attest.Span.SequenceEqual(right.Attest.Span)
        && left.Signature.Span.SequenceEqual(right.Signature.Span)
        && left.PcrValues.SequenceEqual(right.PcrValues);

    // Null where the text is no longer such a message, which the reader says with its own exception.
    private T? ThroughJson<T>(T message, JsonTypeInfo<T> type, Mutator mutator)
        where T : class
    {
        byte[] json = mutator.Mutate(JsonSerializer.SerializeToUtf8Bytes(message, type));
        try
        {
            return JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException)
        {
            _malformed++;
            return null;
        }
    }

    private void Count(Verdict verdict, bool mustRefuse)
    {
        _verdicts++;
        if (mustRefuse)
        {
            verdict.Status.Should().Be(VerdictStatus.Refused, "the message was changed");
        }

        foreach (Finding refusal in verdict.Refusals)
        {
            _refusals[refusal.Check] = _refusals.GetValueOrDefault(refusal.Check) + 1;
        }
    }

    private void Report()
    {
        _output.WriteLine($"{_verdicts} verdicts, {_malformed} texts that were no message; refused by:");
        foreach ((string check, int count) in _refusals)
        {
            _output.WriteLine($"{count,6} {check}");
        }

        _verdicts.Should().BePositive();
        _refusals.Should().NotBeEmpty();
    }
}
