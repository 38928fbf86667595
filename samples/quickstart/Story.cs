using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Protocol;
using HardwareAttestation.Verifier;

namespace Quickstart;

/// <summary>From manufacture to attack: what attestation is for, on two emulated machines.</summary>
internal sealed class Story(Narrator narrator)
{
    private const string Node = "rack1-node7";

    public async Task TellAsync(CancellationToken cancellationToken)
    {
        narrator.Chapter("1. A manufacturer makes two machines, each with a TPM 2.0 and an endorsement key (EK) that it certifies");
        await using TpmManufacturer manufacturer = await TpmManufacturer.CreateAsync(cancellationToken);
        await using EmulatedMachine machineA = await MakeAsync(manufacturer, "machine-A", cancellationToken);
        await using EmulatedMachine machineB = await MakeAsync(manufacturer, "machine-B", cancellationToken);
        AttestationVerifier server = CreateServer(manufacturer);
        await machineA.PowerOnAsync(cancellationToken: cancellationToken);
        await machineB.PowerOnAsync(cancellationToken: cancellationToken);

        byte[] disk;
        await using (Agent agent = new(machineA))
        {
            disk = await EnrollAsync(agent, server, cancellationToken);
        }

        AttestationEvidence answer = await BootAsync(machineA, disk, server, cancellationToken);

        narrator.Chapter("4. The server is attacked (pass: it went as it should, so an attack passes when it is refused)");
        Attacks attacks = new(narrator, server, Node, TpmKeyBlob.Parse(disk));
        await using Agent agentB = new(machineB);
        await attacks.PresentForeignBlobAsync(agentB, cancellationToken);
        await attacks.AnswerWithOwnKeyAsync(agentB, cancellationToken);
        await attacks.ReplayAsync(answer, cancellationToken);
        await attacks.ClaimSoftwareKeyAsync(agentB, cancellationToken);
        await attacks.PresentUnknownCertificateAsync(cancellationToken);
    }

    private static AttestationVerifier CreateServer(TpmManufacturer manufacturer)
    {
        AttestationVerifierOptions options = new();
        options.TrustAnchors.Add(X509CertificateLoader.LoadCertificateFromFile(manufacturer.RootCertificatePath));
        options.Intermediates.Add(X509CertificateLoader.LoadCertificateFromFile(manufacturer.IssuerCertificatePath));
        options.EndorsementCertificates.AllowedTrustClasses.Add(EndorsementTrustClass.SoftwareEmulator);
        return new AttestationVerifier(options);
    }

    private async Task<EmulatedMachine> MakeAsync(TpmManufacturer manufacturer, string name, CancellationToken cancellationToken)
    {
        EmulatedMachine machine = await manufacturer.ManufactureAsync(name, cancellationToken);
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(machine.RsaEndorsementCertificatePath);
        narrator.Step(true, $"{name} is made; its EK certificate is '{certificate.Subject}' by '{certificate.Issuer}'.");
        return machine;
    }

    private async Task<byte[]> EnrollAsync(Agent agent, AttestationVerifier server, CancellationToken cancellationToken)
    {
        narrator.Chapter($"2. Machine A is racked and enrolled as {Node}");
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync(cancellationToken: cancellationToken);
        await using AttestationKey key = await agent.Client.CreateAttestationKeyAsync(endorsementKey, cancellationToken: cancellationToken);
        narrator.Step(true, $"Agent: its TPM created an attestation key (AK) that never leaves it: Name {key.Name}.");
        byte[] disk = key.Blob.ToArray();
        narrator.Step(true, $"Agent: the AK's blob is on disk ({disk.Length} bytes, encrypted by the TPM, of use in this TPM only).");

        EnrollmentRequest request = narrator.Message(
            "agent -> server", key.CreateEnrollmentRequest(Node, endorsementKey), ProtocolJson.EnrollmentRequest);
        EnrollmentOffer offer = await server.BeginEnrollmentAsync(request, cancellationToken);
        narrator.Verified(offer.Verdict, "Server: the EK certificate leads to a trusted root, and the AK is a restricted key. A secret is wrapped for exactly these two.");

        CredentialChallenge challenge = narrator.Message(
            "server -> agent", offer.Challenge!, ProtocolJson.CredentialChallenge);
        CredentialResponse response = narrator.Message(
            "agent -> server", await key.RespondAsync(challenge, Node, cancellationToken), ProtocolJson.CredentialResponse);
        narrator.Step(true, "Agent: its TPM opened the secret (TPM2_ActivateCredential), which no other TPM can.");

        EnrollmentResult result = await server.CompleteEnrollmentAsync(response, cancellationToken);
        narrator.Verified(result.Verdict, $"Server: the proof is right, which nobody can make without the secret. {Node} is enrolled.");
        return disk;
    }

    private async Task<AttestationEvidence> BootAsync(
        EmulatedMachine machine, byte[] disk, AttestationVerifier server, CancellationToken cancellationToken)
    {
        narrator.Chapter("3. Machine A is power-cycled, and has to prove at boot that it is still itself");
        await machine.PowerCycleAsync(cancellationToken);
        narrator.Step(true, "The power was cut; the TPM has forgotten every key that was loaded.");

        await using Agent agent = new(machine);
        ChallengeOffer offer = await server.CreateChallengeAsync(Node, cancellationToken);
        narrator.Verified(offer.Verdict, "Server: here is a nonce that was never used before.");
        AttestationChallenge challenge = narrator.Message(
            "server -> agent", offer.Challenge!, ProtocolJson.AttestationChallenge);

        await using AttestationKey key = await agent.Client.LoadAttestationKeyAsync(TpmKeyBlob.Parse(disk), cancellationToken);
        narrator.Step(true, "Agent: the AK was loaded from its blob.");
        AttestationEvidence evidence = narrator.Message(
            "agent -> server", await key.RespondAsync(challenge, cancellationToken), ProtocolJson.AttestationEvidence);

        AttestationResult result = await server.VerifyAsync(evidence, cancellationToken);
        narrator.Verified(result.Verdict, $"Server: the quote is fresh and by the enrolled AK. This is {Node}.");
        narrator.Say($"With it come {result.PcrValues.Count} PCR values, which the quote covers; this one for instance: {result.PcrValues[0]}.");
        narrator.Say("(No firmware has measured anything here: an emulated machine's PCRs keep their reset values.)");
        return evidence;
    }
}
