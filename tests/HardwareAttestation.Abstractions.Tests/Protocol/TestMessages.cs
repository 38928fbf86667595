using System.Text.Json.Serialization.Metadata;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Abstractions.Tests.Protocol;

/// <summary>One message of each kind, with the JSON text that it is on the wire. A change of a text breaks agents and servers that are in use.</summary>
internal static class TestMessages
{
    private static readonly DateTimeOffset Expiry = new(2026, 7, 1, 12, 30, 0, TimeSpan.Zero);

    internal static readonly TestMessage[] All =
    [
        TestMessage.Of(
            new EnrollmentRequest
            {
                NodeId = "rack1-node7",
                EndorsementCertificate = new byte[] { 0x30, 0x82 },
                EndorsementCertificateChain = [new byte[] { 0x30, 0x80 }, new byte[] { 0x30, 0x81 }],
                EndorsementPublic = new byte[] { 0xFB, 0xFF, 0xFE },
                AttestationPublic = new byte[] { 0x00, 0x01 },
                StorageParentPublic = new byte[] { 0x00, 0x02 },
            },
            ProtocolJson.EnrollmentRequest,
            """{"version":1,"nodeId":"rack1-node7","endorsementCertificate":"MII=","endorsementCertificateChain":["MIA=","MIE="],"endorsementPublic":"+//+","attestationPublic":"AAE=","storageParentPublic":"AAI="}""",
            "version", "nodeId", "endorsementPublic", "attestationPublic"),
        TestMessage.Of(
            new CredentialChallenge
            {
                ChallengeId = "c1",
                CredentialBlob = new byte[] { 1 },
                EncryptedSecret = new byte[] { 2 },
                ExpiresAt = Expiry,
            },
            ProtocolJson.CredentialChallenge,
            """{"version":1,"challengeId":"c1","credentialBlob":"AQ==","encryptedSecret":"Ag==","expiresAt":"2026-07-01T12:30:00+00:00"}""",
            "version", "challengeId", "credentialBlob", "encryptedSecret", "expiresAt"),
        TestMessage.Of(
            new CredentialResponse { ChallengeId = "c1", Proof = new byte[] { 1, 2, 3 } },
            ProtocolJson.CredentialResponse,
            """{"version":1,"challengeId":"c1","proof":"AQID"}""",
            "version", "challengeId", "proof"),
        TestMessage.Of(
            new AttestationChallenge
            {
                ChallengeId = "c2",
                NodeId = "n1",
                Nonce = new byte[] { 1, 2 },
                PcrSelection = TpmlPcrSelection.Parse("sha256:0,1,7"),
                ExpiresAt = Expiry,
            },
            ProtocolJson.AttestationChallenge,
            """{"version":1,"challengeId":"c2","nodeId":"n1","nonce":"AQI=","pcrSelection":"sha256:0,1,7","expiresAt":"2026-07-01T12:30:00+00:00"}""",
            "version", "challengeId", "nodeId", "nonce", "expiresAt"),
        TestMessage.Of(
            new AttestationChallenge { ChallengeId = "c3", NodeId = "n1", Nonce = new byte[] { 1, 2 }, ExpiresAt = Expiry },
            ProtocolJson.AttestationChallenge,
            """{"version":1,"challengeId":"c3","nodeId":"n1","nonce":"AQI=","expiresAt":"2026-07-01T12:30:00+00:00"}""",
            "version", "challengeId", "nodeId", "nonce", "expiresAt"),
        TestMessage.Of(
            new AttestationEvidence
            {
                ChallengeId = "c2",
                Attest = new byte[] { 0xFF, 0x54 },
                Signature = new byte[] { 0x00, 0x18 },
                PcrValues = [new PcrValue(TpmAlgId.Sha1, 0, new byte[] { 7 }), new PcrValue(TpmAlgId.Sha256, 23, new byte[] { 8 })],
            },
            ProtocolJson.AttestationEvidence,
            """{"version":1,"challengeId":"c2","attest":"/1Q=","signature":"ABg=","pcrValues":[{"bank":"sha1","pcr":0,"digest":"Bw=="},{"bank":"sha256","pcr":23,"digest":"CA=="}]}""",
            "version", "challengeId", "signature"),
        TestMessage.Of(
            new Verdict(
            [
                new Finding("quote.nonce", FindingOutcome.Passed, "The nonce is right."),
                new Finding("endorsement.virtual", FindingOutcome.Flagged, "The TPM is virtual."),
                new Finding("quote.signature", FindingOutcome.Refused, "The signature is wrong."),
            ]),
            ProtocolJson.Verdict,
            """{"status":"refused","findings":[{"check":"quote.nonce","outcome":"passed","detail":"The nonce is right."},{"check":"endorsement.virtual","outcome":"flagged","detail":"The TPM is virtual."},{"check":"quote.signature","outcome":"refused","detail":"The signature is wrong."}]}""",
            "findings"),
        TestMessage.Of(
            new Verdict([new Finding("quote.nonce", FindingOutcome.Passed, "The nonce is right.")]),
            ProtocolJson.Verdict,
            """{"status":"verified","findings":[{"check":"quote.nonce","outcome":"passed","detail":"The nonce is right."}]}""",
            "findings"),
    ];
}

/// <summary>A message, how it is read and written, its JSON text, and the fields that must be there.</summary>
internal sealed record TestMessage(object Message, JsonTypeInfo Type, string Json, string[] Required)
{
    internal static TestMessage Of<T>(T message, JsonTypeInfo<T> type, string json, params string[] required)
        where T : class => new(message, type, json, required);
}
