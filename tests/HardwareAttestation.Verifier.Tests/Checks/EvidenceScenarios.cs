using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier.Tests.Checks;

/// <summary>For each check of evidence, evidence in which everything else is right.</summary>
internal static class EvidenceScenarios
{
    private const TpmaObject SigningKey = TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.SensitiveDataOrigin | TpmaObject.UserWithAuth | TpmaObject.Sign;
    private static readonly byte[] Nonce = [1, 2, 3];
    private static readonly byte[] Parent = [0x00, 0x0B, .. new byte[32]];
    private static readonly TpmsClockInfo Clock = new(1000, 5, 3, true);
    private static readonly TpmsNVPublic Index = new(new TpmHandle(0x01500010), TpmAlgId.Sha256, TpmaNV.OwnerWrite | TpmaNV.Written, [], 3);

    public static readonly Dictionary<string, Func<Task<Verdict>>> Table = new()
    {
        [CheckIds.EvidenceForm] = () => QuoteAsync(quote => quote with { Tail = [0] }),
        [CheckIds.SignatureAlgorithm] = () => AnswerAsync((tpm, right) => Signed(right, tpm.AttestationKey.Sign(right.Attest.Span, TpmAlgId.EcDsa, TpmAlgId.Sha384))),
        [CheckIds.SignatureValid] = () => AnswerAsync((tpm, right) => Signed(right, tpm.AttestationKey.Sign([]))),
        [CheckIds.QuoteMagic] = () => QuoteAsync(quote => quote with { Magic = 0 }),
        [CheckIds.QuoteType] = () => QuoteAsync(quote => quote with { Type = 0x8017, Body = AttestedBodies.Of(0x8017) }),
        [CheckIds.QuoteNonce] = () => QuoteAsync(quote => quote with { Nonce = Nonce }),
        [CheckIds.QuoteSigner] = () => QuoteAsync(quote => quote with { QualifiedSigner = Parent }),
        [CheckIds.QuotePcrSelection] = () => QuoteAsync(quote => quote with { Selection = ForgedQuote.UsualSelection }),
        [CheckIds.QuotePcrDigest] = () => QuoteAsync(quote => quote with { PcrDigest = new byte[32] }),
        [CheckIds.QuotePcrPolicy] = () => QuoteAsync(quote => quote, options => options.PcrPolicy.Allow(TpmAlgId.Sha256, 7, new byte[32])),
        [CheckIds.QuoteClock] = OlderQuoteAsync,
        [CheckIds.QuoteClockSafe] = () => QuoteAsync(quote => quote with { Clock = quote.Clock with { Safe = false } }, options => options.UnsafeClock = PolicyAction.Refuse),

        [CheckIds.AttestationMagic] = () => Time(right => right with { Magic = 0 }),
        [CheckIds.AttestationType] = () => Time(right => right with { Type = 0x8017, Body = AttestedBodies.Of(0x8017) }),
        [CheckIds.AttestationNonce] = () => Time(right => right with { Nonce = [] }),
        [CheckIds.AttestationSigner] = () => Time(right => right with { QualifiedSigner = [] }),
        [CheckIds.AttestationClock] = () => Certify(last: new TpmsClockInfo(1001, 1, 0, true)),
        [CheckIds.AttestationClockSafe] = () => Certify(last: new TpmsClockInfo(999, 1, 0, true), isSafe: false),
        [CheckIds.TimeClock] = () => Time(right => right, last: Clock with { ResetCount = 6 }),
        [CheckIds.TimeClockSafe] = () => Time(right => right with { Body = AttestedBodies.Time(7, Clock with { Safe = false }) }),

        [CheckIds.CertifiedForm] = () => Certify(change: bytes => bytes[..^1]),
        [CheckIds.CertifiedName] = () => Certify(certified: Application(SigningKey)),
        [CheckIds.CertifiedQualifiedName] = () => Certify(parent: new TpmName([0x40, 0, 0, 0x0B])),
        [CheckIds.CertifiedNameAlg] = () => Certify(Application(SigningKey, TpmAlgId.Sha1)),
        [CheckIds.CertifiedFixedTpm] = () => Certify(Application(SigningKey & ~TpmaObject.FixedTpm)),
        [CheckIds.CertifiedFixedParent] = () => Certify(Application(SigningKey & ~TpmaObject.FixedParent)),
        [CheckIds.CertifiedSensitiveDataOrigin] = () => Certify(Application(SigningKey & ~TpmaObject.SensitiveDataOrigin)),
        [CheckIds.CertifiedRestricted] = () => Certify(Application(SigningKey | TpmaObject.Restricted)),
        [CheckIds.CertifiedUsage] = () => Certify(Application(SigningKey | TpmaObject.Decrypt)),
        [CheckIds.CertifiedKey] = () => Certify(OffTheCurve()),

        [CheckIds.NVName] = () => NVCertify(new TpmsNVPublic(Index.NVIndex, Index.NameAlg, Index.Attributes | TpmaNV.AuthWrite, [], 3), [1, 2, 3]),
        [CheckIds.NVRange] = () => NVCertify(Index, [1, 2]),
        [CheckIds.NVContents] = () => NVCertify(Index, [1, 2, 4]),
    };

    private static Task<Verdict> QuoteAsync(Func<ForgedQuote, ForgedQuote> forge, Action<AttestationVerifierOptions>? configure = null) => InAsync(
        async (fleet, tpm) => await fleet.AttestAsync(tpm, forge), configure);

    private static Task<Verdict> AnswerAsync(Func<SoftwareTpm, AttestationEvidence, AttestationEvidence> change) => InAsync(
        async (fleet, tpm) => await fleet.VerifyAsync(change(tpm, tpm.Answer(await fleet.ChallengeAsync()))));

    private static Task<Verdict> OlderQuoteAsync() => InAsync(async (fleet, tpm) =>
    {
        (await fleet.AttestAsync(tpm)).ShouldBeVerified();
        return await fleet.AttestAsync(tpm, quote => quote with { Clock = quote.Clock with { Clock = 0 } });
    });

    private static async Task<Verdict> InAsync(Func<SpotlessFleet, SoftwareTpm, Task<Verdict>> act, Action<AttestationVerifierOptions>? configure = null)
    {
        using SpotlessFleet fleet = new(configure);
        return await act(fleet, await fleet.EnrollAsync());
    }

    private static AttestationEvidence Signed(AttestationEvidence evidence, byte[] signature) => new()
    {
        ChallengeId = evidence.ChallengeId,
        Attest = evidence.Attest,
        Signature = signature,
        PcrValues = evidence.PcrValues,
    };

    private static Task<Verdict> Time(Func<ForgedQuote, ForgedQuote> forge, TpmsClockInfo? last = null)
    {
        using SoftwareKey key = SoftwareKey.Create();
        byte[] attest = forge(new ForgedQuote { Type = 0x8019, Nonce = Nonce, Body = AttestedBodies.Time(7, Clock) }).ToArray();
        TimeExpectation expectation = new()
        {
            AttestationKey = key.Public, Nonce = Nonce, QualifiedSigner = new TpmName(new ForgedQuote().QualifiedSigner), LastClockInfo = last,
        };
        return Task.FromResult(EvidenceVerifier.VerifyTime(expectation, attest, key.Sign(attest)).Verdict);
    }

    private static Task<Verdict> Certify(
        TpmtPublic? application = null,
        TpmtPublic? certified = null,
        TpmName? parent = null,
        Func<byte[], byte[]>? change = null,
        TpmsClockInfo? last = null,
        bool isSafe = true)
    {
        using SoftwareKey key = SoftwareKey.Create();
        application ??= Application(SigningKey);
        byte[] name = AttestedBodies.NameOf(application.Encoded.Span);
        byte[] certifiedName = certified is null ? name : AttestedBodies.NameOf(certified.Encoded.Span);
        byte[] attest = new ForgedQuote
        {
            Type = 0x8017, Nonce = Nonce, Clock = new(1000, 1, 0, isSafe), Body = AttestedBodies.Certify(certifiedName, AttestedBodies.NameOf([.. Parent, .. name])),
        }.ToArray();
        byte[] publicArea = application.EncodeSized();
        return Task.FromResult(EvidenceVerifier.VerifyCertify(
            new CertifyExpectation { AttestationKey = key.Public, Nonce = Nonce, ParentQualifiedName = parent ?? new TpmName(Parent), LastClockInfo = last },
            change?.Invoke(publicArea) ?? publicArea,
            attest,
            key.Sign(attest)).Verdict);
    }

    private static Task<Verdict> NVCertify(TpmsNVPublic certified, byte[] contents)
    {
        using SoftwareKey key = SoftwareKey.Create();
        byte[] attest = new ForgedQuote
        {
            Type = 0x8014, Nonce = Nonce, Body = AttestedBodies.NVCertify(AttestedBodies.NameOf(certified.Encode()), 0, contents),
        }.ToArray();
        return Task.FromResult(EvidenceVerifier.VerifyNVCertify(
            new NVCertifyExpectation { AttestationKey = key.Public, Nonce = Nonce, NVPublic = Index, Contents = new byte[] { 1, 2, 3 } }, attest, key.Sign(attest)).Verdict);
    }

    private static TpmtPublic Application(TpmaObject attributes, TpmAlgId nameAlg = TpmAlgId.Sha256)
    {
        using SoftwareKey key = SoftwareKey.Create(attributes: attributes, nameAlg: nameAlg);
        return key.Public;
    }

    private static TpmtPublic OffTheCurve() => new(
        TpmAlgId.Sha256, SigningKey, [], Application(SigningKey).Parameters, new TpmsEccPoint(new byte[32], new byte[32]));
}
