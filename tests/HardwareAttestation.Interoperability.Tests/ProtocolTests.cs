using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.Interoperability.Tests;

/// <summary>The whole protocol with the tools in place of our client, and a key of the tools in our client.</summary>
public sealed class ProtocolTests
{
    private const string Node = "tools-node";

    [Theory]
    [InlineData("0x81010001", "0x01c00002", "ecc", "sha256", "ecdsa")]
    [InlineData("rsa", "0x01c00002", "rsa", "sha256", "rsassa")]
    [InlineData("rsa", "0x01c00002", "rsa", "sha256", "rsapss")]
    [InlineData("0x81010016", "0x01c00016", "ecc384", "sha384", "ecdsa")]
    public async Task A_machine_that_has_only_tpm2_tools_is_enrolled_and_attests_itself(
        string endorsementKey, string certificateIndex, string algorithm, string hash, string scheme)
    {
        AttestationVerifier verifier = await CreateVerifierAsync();
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        string context = await tools.CreateEndorsementKeyAsync(endorsementKey);
        await tools.CreateAttestationKeyAsync(context, algorithm, hash, scheme);
        await tools.RunAsync("tpm2_nvread", certificateIndex, "-o", "certificate");

        EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(new EnrollmentRequest
        {
            NodeId = Node,
            EndorsementCertificate = tools.Read("certificate"),
            EndorsementPublic = tools.Read("ek.pub"),
            AttestationPublic = tools.Read("ak.pub"),
        });
        offer.Verdict.IsVerified.Should().BeTrue(offer.Verdict.ToString());
        tools.Write("credential", ToolFiles.WriteCredential(offer.Challenge!.CredentialBlob.Span, offer.Challenge.EncryptedSecret.Span));
        EnrollmentResult enrolled = await verifier.CompleteEnrollmentAsync(new CredentialResponse
        {
            ChallengeId = offer.Challenge.ChallengeId,
            Proof = CredentialResponse.ComputeProof(offer.Challenge.ChallengeId, Node, await tools.ActivateCredentialAsync(context)),
        });
        enrolled.Verdict.IsVerified.Should().BeTrue(enrolled.Verdict.ToString());

        AttestationChallenge challenge = (await verifier.CreateChallengeAsync(Node)).Challenge!;
        await tools.QuoteAsync(challenge.Nonce, challenge.PcrSelection!, hash, scheme);
        AttestationResult attested = await verifier.VerifyAsync(new AttestationEvidence
        {
            ChallengeId = challenge.ChallengeId,
            Attest = tools.Read("message"),
            Signature = tools.Read("signature"),
            PcrValues = ToolFiles.ReadPcrValues(tools.Read("values"), challenge.PcrSelection!),
        });
        attested.Verdict.IsVerified.Should().BeTrue(attested.Verdict.ToString());
    }

    [Theory]
    [InlineData("rsa", "ecc", "sha256", "ecdsa")]
    [InlineData("ecc384", "rsa", "sha256", "rsassa")]
    public async Task A_key_of_tpm2_createak_works_in_our_client(string endorsementKey, string algorithm, string hash, string scheme)
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        string context = await tools.CreateEndorsementKeyAsync(endorsementKey);
        TpmName qualifiedSigner = await tools.CreateAttestationKeyAsync(context, algorithm, hash, scheme);
        TpmKeyBlob blob = new(
            ToolKeys.TemplateOf(endorsementKey), tools.ReadPublic("ek.pub").ComputeName(), tools.ReadPublic("ak.pub"), tools.Read("ak.priv").AsSpan(2));
        byte[] nonce = [1, 2, 3, 4];
        TpmlPcrSelection selection = TpmlPcrSelection.Parse("sha256:0,16");

        await using ITpmDevice device = TpmDevice.Open(machine.DeviceString);
        await using AttestationClient client = new(device);
        await using AttestationKey key = await client.LoadAttestationKeyAsync(blob);
        TpmQuote quote = await key.QuoteAsync(selection, nonce);

        EvidenceVerifier.VerifyQuote(
            new QuoteExpectation { AttestationKey = blob.Public, Nonce = nonce, PcrSelection = selection, QualifiedSigner = qualifiedSigner },
            quote.Attest.Span,
            quote.Signature.Encode(),
            quote.PcrValues).Verdict.IsVerified.Should().BeTrue();
    }

    private static async Task<AttestationVerifier> CreateVerifierAsync()
    {
        TpmManufacturer manufacturer = await SharedMachines.GetManufacturerAsync();
        AttestationVerifierOptions options = new();
        options.TrustAnchors.Add(X509CertificateLoader.LoadCertificateFromFile(manufacturer.RootCertificatePath));
        options.Intermediates.Add(X509CertificateLoader.LoadCertificateFromFile(manufacturer.IssuerCertificatePath));
        options.EndorsementCertificates.AllowedTrustClasses.Add(EndorsementTrustClass.SoftwareEmulator);
        return new AttestationVerifier(options);
    }
}
