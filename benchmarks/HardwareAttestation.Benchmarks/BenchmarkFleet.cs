using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Benchmarks;

/// <summary>A verifier over the in-memory stores, in which many machines are enrolled. They share one attestation key, which answers for each of them.</summary>
internal sealed class BenchmarkFleet
{
    private const int NonceSize = 32;
    private const int ChallengeIdSize = 16;
    private const int SignatureSize = 64;
    private static readonly TpmlPcrSelection Selection = TpmlPcrSelection.Parse("sha256:0,1,2,3,4,5,6,7");

    private static readonly PcrValue[] Values =
        [.. Enumerable.Range(0, 8).Select(pcr => new PcrValue(TpmAlgId.Sha256, pcr, SHA256.HashData([(byte)pcr])))];

    private readonly FixedNonceKey _key = new();
    private readonly ECParameters _parameters;
    private readonly TpmName _qualifiedSigner;
    private readonly byte[] _pcrDigest = PcrValue.ComputeDigest(Values, TpmAlgId.Sha256);
    private readonly AttestationVerifier _verifier;
    private readonly string[] _nodes;
    private readonly ConcurrentDictionary<string, byte[]> _barePending = new(StringComparer.Ordinal);

    private BenchmarkFleet(int devices, TpmtPublic endorsementKey, IDeviceStore store)
    {
        _nodes = [.. Enumerable.Range(0, devices).Select(i => string.Create(CultureInfo.InvariantCulture, $"rack{i / 100}-node{i}"))];
        _qualifiedSigner = QualifiedName.OfChild(QualifiedName.OfPrimary(TpmHandle.Endorsement, endorsementKey), _key.Public);
        var point = (TpmsEccPoint)_key.Public.Unique;
        _parameters = new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = point.X.ToArray(), Y = point.Y.ToArray() },
        };
        AttestationVerifierOptions options = new() { PcrSelection = Selection };
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 root = new CertificateRequest("CN=Root", rootKey, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        options.TrustAnchors.Add(root);
        _verifier = new AttestationVerifier(options, store);
    }

    public static async Task<BenchmarkFleet> CreateAsync(int devices)
    {
        using ECDiffieHellman endorsement = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        ECPoint point = endorsement.ExportParameters(includePrivateParameters: false).Q;
        TpmtPublic endorsementKey = new(
            TpmAlgId.Sha256,
            TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.SensitiveDataOrigin | TpmaObject.AdminWithPolicy | TpmaObject.Restricted | TpmaObject.Decrypt,
            new byte[NonceSize],
            new TpmsEccParms(TpmtSymDef.Aes128Cfb, TpmtScheme.Null, TpmEccCurve.NistP256, TpmtScheme.Null),
            new TpmsEccPoint(point.X, point.Y));
        InMemoryDeviceStore store = new();
        BenchmarkFleet fleet = new(devices, endorsementKey, store);
        byte[] certificate = new byte[1024];
        foreach (string node in fleet._nodes)
        {
            string endorsementKeyId = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(node)));
            await store.TryAddAsync(
                new DeviceRecord
                {
                    NodeId = node,
                    EnrollmentId = "enrollment",
                    EndorsementKeyId = endorsementKeyId,
                    EndorsementCertificate = certificate,
                    EndorsementPublic = endorsementKey.Encoded,
                    AttestationPublic = fleet._key.Public.Encoded,
                    EnrolledAt = DateTimeOffset.UtcNow,
                    Status = DeviceStatus.Active,
                },
                await store.GetRemovalMarkAsync(node, endorsementKeyId));
        }

        return fleet.BootBare(0) && await fleet.BootAsync(0)
            ? fleet
            : throw new InvalidOperationException("What is to be measured does not verify.");
    }

    /// <summary>What no verifier can do without: random numbers, a challenge that is remembered and taken, and the bare verification. The machine's answer is in it, too.</summary>
    public bool BootBare(int step)
    {
        string node = NodeOf(step);
        byte[] nonce = RandomNumberGenerator.GetBytes(NonceSize);
        string challengeId = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(ChallengeIdSize));
        _barePending.TryAdd(challengeId, nonce);
        byte[] attest = Attest(nonce, node.Length > 0);
        Span<byte> signature = stackalloc byte[SignatureSize];
        _key.Sign(attest, signature);
        Span<byte> digest = stackalloc byte[NonceSize];
        SHA256.HashData(attest, digest);
        using ECDsa key = ECDsa.Create(_parameters);
        return _barePending.TryRemove(challengeId, out _) && key.VerifyHash(digest, signature);
    }

    /// <summary>A challenge issued, answered and verified.</summary>
    public async Task<bool> BootAsync(int step)
    {
        ChallengeOffer offer = await _verifier.CreateChallengeAsync(NodeOf(step));
        AttestationResult result = await _verifier.VerifyAsync(Answer(offer.Challenge!));
        return result.Verdict.IsVerified;
    }

    // A step of a large prime, so that machines follow each other as in no order.
    private string NodeOf(int step) => _nodes[(uint)(step * 15_485_863L % _nodes.Length)];

    private AttestationEvidence Answer(AttestationChallenge challenge)
    {
        byte[] attest = Attest(challenge.Nonce.Span, safe: true);
        Span<byte> signature = stackalloc byte[SignatureSize];
        _key.Sign(attest, signature);
        return new AttestationEvidence
        {
            ChallengeId = challenge.ChallengeId,
            Attest = attest,
            Signature = FixedNonceKey.ToWire(signature),
            PcrValues = Values,
        };
    }

    private byte[] Attest(ReadOnlySpan<byte> nonce, bool safe) => new TpmsAttest(
        TpmsAttest.TpmGeneratedValue,
        TpmSt.AttestQuote,
        _qualifiedSigner,
        nonce,
        new TpmsClockInfo(1000, 1, 0, safe),
        1,
        new TpmsQuoteInfo(Selection, _pcrDigest)).Encode();
}
