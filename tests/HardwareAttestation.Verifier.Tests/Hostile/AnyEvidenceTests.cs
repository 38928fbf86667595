using FsCheck;
using FsCheck.Fluent;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier.Tests.Hostile;

/// <summary>Any bytes whatever give a verdict: those that nobody signed, and those that the enrolled key signed.</summary>
public sealed class AnyEvidenceTests : IDisposable
{
    private static readonly byte[] Nonce = [1, 2, 3, 4];
    private readonly SoftwareKey _key = SoftwareKey.Create();

    private delegate Verdict Verify(TpmtPublic key, byte[] publicArea, byte[] attest, byte[] signature);

    public void Dispose() => _key.Dispose();

    public static TheoryData<int> Kinds => [0x8014, 0x8017, 0x8018, 0x8019];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Any_bytes_are_refused(int kind) => Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(),
        ArbMap.Default.ArbFor<byte[]>(),
        ArbMap.Default.ArbFor<byte[]>(),
        (publicArea, attest, signature) => !Of(kind)(_key.Public, publicArea, attest, signature).IsVerified).QuickCheckThrowOnFailure();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Any_bytes_that_the_key_signed_are_refused(int kind)
    {
        byte[] head = [.. new ForgedQuote { Type = (ushort)kind, Nonce = Nonce, Body = [] }.ToArray()];
        Prop.ForAll(
            ArbMap.Default.ArbFor<byte[]>(),
            Sized().ToArbitrary(),
            (publicArea, body) =>
            {
                byte[] attest = [.. head, .. body];
                return !Of(kind)(_key.Public, publicArea, attest, _key.Sign(attest)).IsVerified;
            }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_right_attestation_with_any_bytes_in_its_place_gives_a_verdict(int kind)
    {
        byte[] right = new ForgedQuote { Type = (ushort)kind, Nonce = Nonce, Body = AttestedBodies.Of(kind) }.ToArray();
        byte[] publicArea = _key.Public.EncodeSized();
        Prop.ForAll(
            ArbMap.Default.ArbFor<byte[]>(),
            Gen.Choose(0, right.Length).ToArbitrary(),
            Gen.Choose(0, publicArea.Length).ToArbitrary(),
            (inserted, at, areaAt) =>
            {
                byte[] attest = Overwrite(right, at, inserted);
                byte[] area = Overwrite(publicArea, areaAt, inserted);
                return Of(kind)(_key.Public, area, attest, _key.Sign(attest)).Findings.Count > 0;
            }).QuickCheckThrowOnFailure();
    }

    private static byte[] Overwrite(byte[] bytes, int at, byte[] with)
    {
        byte[] overwritten = [.. bytes];
        with.AsSpan(0, Math.Min(with.Length, bytes.Length - at)).CopyTo(overwritten.AsSpan(at));
        return overwritten;
    }

    // Pieces of any bytes and of sizes that tell the truth, so that many inputs get far.
    private static Gen<byte[]> Sized() => ArbMap.Default.GeneratorFor<byte[]>()
        .Select(bytes => (byte[])[(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes])
        .ListOf().Select(pieces => pieces.SelectMany(piece => piece).ToArray());

    private static Verify Of(int kind) => kind switch
    {
        0x8014 => (key, _, attest, signature) => EvidenceVerifier.VerifyNVCertify(
            new NVCertifyExpectation { AttestationKey = key, Nonce = Nonce, NVPublic = new(default, TpmAlgId.Sha256, TpmaNV.Written, [], 3) },
            attest,
            signature).Verdict,
        0x8017 => (key, publicArea, attest, signature) => EvidenceVerifier.VerifyCertify(
            new CertifyExpectation { AttestationKey = key, Nonce = Nonce, Usage = ApplicationKeyUsage.Sign, ParentQualifiedName = new TpmName([]) },
            publicArea,
            attest,
            signature).Verdict,
        0x8018 => (key, _, attest, signature) => EvidenceVerifier.VerifyQuote(
            new QuoteExpectation { AttestationKey = key, Nonce = Nonce, PcrSelection = ForgedQuote.UsualSelection },
            attest,
            signature,
            []).Verdict,
        _ => (key, _, attest, signature) => EvidenceVerifier.VerifyTime(
            new TimeExpectation { AttestationKey = key, Nonce = Nonce, LastClockInfo = new TpmsClockInfo(ulong.MaxValue, uint.MaxValue, 0, true) },
            attest,
            signature).Verdict,
    };
}
