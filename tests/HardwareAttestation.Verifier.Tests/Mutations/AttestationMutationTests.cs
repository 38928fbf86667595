using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;
using Xunit.Abstractions;

namespace HardwareAttestation.Verifier.Tests.Mutations;

/// <summary>
/// Every change of every kind of evidence that <see cref="EvidenceVerifier"/> verifies by itself: each byte, each length, each part of another's or of another kind.
/// </summary>
public sealed class AttestationMutationTests
{
    private const string Signature = "signature";
    private const string ApplicationSignature = "application signature";
    private const TpmaObject SigningKey = TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.SensitiveDataOrigin | TpmaObject.UserWithAuth | TpmaObject.Sign;
    private static readonly byte[] Nonce = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly byte[] Parent = [0x00, 0x0B, .. Enumerable.Repeat((byte)7, 32)];
    private static readonly TpmsNVPublic Index = new(new TpmHandle(0x01500010), TpmAlgId.Sha256, TpmaNV.OwnerWrite | TpmaNV.Written, [], 12);
    private static readonly Dictionary<string, string> AcceptedOfEcdsa = new()
    {
        ["signature: (r, n - s)"] = "the twin that every ECDSA signature has: it is over the same bytes, and single use is the challenge's, not the signature's",
        ["signature: r without its leading zero"] = "another right signature, in the form in which some TPMs write numbers",
    };

    private readonly ITestOutputHelper _output;

    public AttestationMutationTests(ITestOutputHelper output) => _output = output;

    /// <summary>Judges evidence of a kind; which parts it has depends on it.</summary>
    private delegate Verdict Verify(TpmtPublic key, byte[][] parts);

    public static TheoryData<string, string> Cases
    {
        get
        {
            TheoryData<string, string> cases = [];
            foreach (string key in new[] { "p256", "rsassa", "rsapss" })
            {
                foreach (string kind in new[] { "quote", "certify", "time", "NV certify", ApplicationSignature, Signature })
                {
                    cases.Add(kind, key);
                }
            }

            // Slow, and no other code.
            cases.Add("quote", "p384");
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Changed_evidence_is_refused(string kind, string keyKind)
    {
        TpmaObject attributes = kind == ApplicationSignature ? SigningKey : SoftwareKey.UsualAttributes;
        using SoftwareKey key = SoftwareKey.Create(keyKind, attributes);
        using SoftwareKey otherKey = SoftwareKey.Create(keyKind, attributes, index: 1);
        using SoftwareKey application = SoftwareKey.Create(attributes: SigningKey);
        Verify verify = Of(kind);
        byte[][] right = Make(kind, key, application.Public, Nonce);
        byte[][] earlier = Make(kind, key, application.Public, new byte[32]);
        byte[][] others = Make(kind, otherKey, application.Public, Nonce);
        verify(key.Public, right).ShouldBeVerified();
        verify(otherKey.Public, others).ShouldBeVerified();

        Flips flips = keyKind switch
        {
            "p256" => Flips.All,
            "rsassa" => Flips.Four,
            "p384" => Flips.One,
            _ => Flips.Two,
        };
        MutationLedger ledger = new();
        for (int part = 0; part < right.Length; part++)
        {
            foreach (ByteChange change in ByteChanges.Of(right[part], _ => flips))
            {
                Try($"{NameOf(part)}: {change.Kind}", With(right, part, change.Bytes));
            }
        }

        foreach ((string place, byte[] signature) in SignatureChanges.Of(key.Public, right[0]))
        {
            Try($"signature: {place}", With(right, 0, signature));
        }

        if (keyKind.StartsWith('p'))
        {
            Try("signature: r without its leading zero", With(right, 0, SignatureChanges.WithoutLeadingZero(key, right[1])));
        }

        // Of a plain signature, all parts of another are a right signature over other bytes, which only a nonce could tell from these.
        bool hasNonce = kind is not (Signature or ApplicationSignature);
        int all = (1 << right.Length) - 1;
        Mix(others, "key", all);
        Mix(earlier, "nonce", hasNonce ? all : all - 1);

        foreach (string otherKind in new[] { "quote", "certify", "time", "NV certify" }.Where(other => hasNonce && other != kind))
        {
            byte[][] ofOtherKind = Make(otherKind, key, application.Public, Nonce);
            Try("parts: of another kind", [ofOtherKind[0], ofOtherKind[1], .. right[2..]]);
        }

        ledger.Report(_output, $"{kind}, {keyKind}", keyKind.StartsWith('p') ? AcceptedOfEcdsa : []);

        void Mix(byte[][] source, string whose, int last)
        {
            for (int subset = 1; subset <= last; subset++)
            {
                byte[][] mixed = [.. right.Select((bytes, part) => (subset & (1 << part)) != 0 ? source[part] : bytes)];
                if (!mixed.Zip(right).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)))
                {
                    Try($"parts: of another {whose}", mixed);
                }
            }
        }

        void Try(string place, byte[][] parts)
        {
            Verdict verdict = verify(key.Public, parts);
            ledger.Add(place, verdict.IsVerified ? null : TranscriptFleet.ChecksOf(verdict));
        }
    }

    private static string NameOf(int part) => part switch
    {
        0 => "signature",
        1 => "signed bytes",
        _ => $"part {part}",
    };

    private static byte[][] With(byte[][] parts, int part, byte[] bytes) => [.. parts[..part], bytes, .. parts[(part + 1)..]];

    /// <summary>The signature, what it is over, and what comes along.</summary>
    private static byte[][] Make(string kind, SoftwareKey key, TpmtPublic application, byte[] nonce)
    {
        ForgedQuote quote = new() { Nonce = nonce, Hash = key.Hash };
        byte[] name = AttestedBodies.NameOf(application.Encoded.Span);
        byte[] nameOfIndex = AttestedBodies.NameOf(Index.Encode());
        (byte[] signed, byte[][] besides) = kind switch
        {
            "quote" => (quote.ToArray(), quote.Values.Select(value => value.Digest.ToArray()).ToArray()),
            "certify" => (
                (quote with { Type = 0x8017, Body = AttestedBodies.Certify(name, AttestedBodies.NameOf([.. Parent, .. name])) }).ToArray(),
                [application.EncodeSized()]),
            "time" => ((quote with { Type = 0x8019, Body = AttestedBodies.Of(0x8019) }).ToArray(), []),
            "NV certify" => ((quote with { Type = 0x8014, Body = AttestedBodies.NVCertify(nameOfIndex, 0, [.. "Hello, world"u8]) }).ToArray(), []),
            _ => ([.. "signed by "u8, .. nonce], (byte[][])[]),
        };
        return [key.Sign(signed), signed, .. besides];
    }

    private static Verify Of(string kind) => kind switch
    {
        "quote" => (key, parts) => EvidenceVerifier.VerifyQuote(
            new QuoteExpectation { AttestationKey = key, Nonce = Nonce, PcrSelection = ForgedQuote.UsualSelection, QualifiedSigner = new TpmName(new ForgedQuote().QualifiedSigner) },
            parts[1],
            parts[0],
            [.. ForgedQuote.ValuesOf(ForgedQuote.UsualSelection).Zip(parts[2..]).Select(pair => pair.First with { Digest = pair.Second })]).Verdict,
        "certify" => (key, parts) => EvidenceVerifier.VerifyCertify(
            new CertifyExpectation { AttestationKey = key, Nonce = Nonce, Usage = ApplicationKeyUsage.Sign, ParentQualifiedName = new TpmName(Parent) },
            parts[2],
            parts[1],
            parts[0]).Verdict,
        "time" => (key, parts) => EvidenceVerifier.VerifyTime(new TimeExpectation { AttestationKey = key, Nonce = Nonce }, parts[1], parts[0]).Verdict,
        "NV certify" => (key, parts) => EvidenceVerifier.VerifyNVCertify(
            new NVCertifyExpectation { AttestationKey = key, Nonce = Nonce, NVPublic = Index }, parts[1], parts[0]).Verdict,
        Signature => (key, parts) => EvidenceVerifier.VerifySignature(key, parts[1], parts[0]),
        _ => (key, parts) => EvidenceVerifier.VerifyApplicationSignature(key, parts[1], parts[0]),
    };
}
