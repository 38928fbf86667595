using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Protocol;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>A verifier that trusts the emulated machines' manufacturer, and short words for what every test does.</summary>
internal static class TestFleet
{
    public const string Node = "rack1-node7";

    public static async Task<AttestationVerifierOptions> CreateOptionsAsync()
    {
        TpmManufacturer manufacturer = await SharedMachines.GetManufacturerAsync();
        AttestationVerifierOptions options = new();
        options.TrustAnchors.Add(X509CertificateLoader.LoadCertificateFromFile(manufacturer.RootCertificatePath));
        options.Intermediates.Add(X509CertificateLoader.LoadCertificateFromFile(manufacturer.IssuerCertificatePath));
        options.EndorsementCertificates.AllowedTrustClasses.Add(EndorsementTrustClass.SoftwareEmulator);
        return options;
    }

    public static async Task<AttestationVerifier> CreateVerifierAsync(
        Action<AttestationVerifierOptions>? configure = null, TimeProvider? timeProvider = null)
    {
        AttestationVerifierOptions options = await CreateOptionsAsync();
        configure?.Invoke(options);
        return new AttestationVerifier(options, timeProvider: timeProvider);
    }

    /// <summary>Enrols a machine and gives its key's blob.</summary>
    public static async Task<TpmKeyBlob> EnrollAsync(
        AttestationVerifier verifier, AttestationClient client, string node = Node, EndorsementKeyTemplate? template = null, TpmKeyAlgorithm? algorithm = null)
    {
        EndorsementKey endorsementKey = await client.GetEndorsementKeyAsync(template);
        await using AttestationKey key = await client.CreateAttestationKeyAsync(endorsementKey, new TpmKeyOptions { Algorithm = algorithm ?? TpmKeyAlgorithm.P256 });
        EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(key.CreateEnrollmentRequest(node, endorsementKey));
        offer.Verdict.Status.Should().Be(VerdictStatus.Verified, offer.Verdict.ToString());
        EnrollmentResult result = await verifier.CompleteEnrollmentAsync(await key.RespondAsync(offer.Challenge!, node));
        result.Verdict.Status.Should().Be(VerdictStatus.Verified, result.Verdict.ToString());
        return key.Blob;
    }

    /// <summary>Enrols a machine with a key that is loaded, and attests it once.</summary>
    public static async Task EnrollAndAttestAsync(AttestationVerifier verifier, AttestationKey key, EndorsementKey endorsementKey, string node = Node)
    {
        EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(key.CreateEnrollmentRequest(node, endorsementKey));
        offer.Verdict.ShouldBeVerified();
        (await verifier.CompleteEnrollmentAsync(await key.RespondAsync(offer.Challenge!, node))).Verdict.ShouldBeVerified();
        AttestationChallenge challenge = (await verifier.CreateChallengeAsync(node)).Challenge!;
        (await verifier.VerifyAsync(await key.RespondAsync(challenge))).Verdict.ShouldBeVerified();
    }

    /// <summary>Answers a fresh challenge with the key of a blob.</summary>
    public static async Task<AttestationResult> AttestAsync(
        AttestationVerifier verifier, AttestationClient client, TpmKeyBlob blob, string node = Node)
    {
        ChallengeOffer offer = await verifier.CreateChallengeAsync(node);
        offer.Verdict.Status.Should().Be(VerdictStatus.Verified, offer.Verdict.ToString());
        await using AttestationKey key = await client.LoadAttestationKeyAsync(blob);
        return await verifier.VerifyAsync(await key.RespondAsync(offer.Challenge!));
    }
}
