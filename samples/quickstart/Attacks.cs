using System.Security.Cryptography;
using HardwareAttestation;
using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;

namespace Quickstart;

/// <summary>What somebody tries who is not the enrolled machine. Each attack must be refused, for the right reason.</summary>
internal sealed class Attacks(Narrator narrator, AttestationVerifier server, string node, TpmKeyBlob stolenBlob)
{
    public async Task PresentForeignBlobAsync(Agent thief, CancellationToken cancellationToken)
    {
        narrator.Chapter("   Attack 1: machine B has a copy of machine A's disk, and presents A's blob to its own TPM");
        EndorsementKey own = await thief.Client.GetEndorsementKeyAsync(stolenBlob.EndorsementTemplate, cancellationToken);

        // The client library would notice by itself; a thief's client would not, so the blob is dressed up as one of B's.
        TpmKeyBlob dressedUp = new(own.Template, own.Name, stolenBlob.Public, stolenBlob.Private.Span);
        try
        {
            await using AttestationKey key = await thief.Client.LoadAttestationKeyAsync(dressedUp, cancellationToken);
            narrator.Step(false, "Machine B's TPM loaded machine A's AK.");
        }
        catch (TpmKeyException exception) when (exception.InnerException is TpmCommandException refusal)
        {
            narrator.Step(refusal.ResponseCode.Error == TpmRc.Integrity, "Machine B's own TPM refuses the blob.", refusal.Message);
        }
    }

    public async Task AnswerWithOwnKeyAsync(Agent thief, CancellationToken cancellationToken)
    {
        narrator.Chapter("   Attack 2: machine B answers A's challenge with an AK of its own");
        EndorsementKey own = await thief.Client.GetEndorsementKeyAsync(cancellationToken: cancellationToken);
        await using AttestationKey key = await thief.Client.CreateAttestationKeyAsync(own, cancellationToken: cancellationToken);
        ChallengeOffer offer = await server.CreateChallengeAsync(node, cancellationToken);
        AttestationResult result = await server.VerifyAsync(await key.RespondAsync(offer.Challenge!, cancellationToken), cancellationToken);
        narrator.Refused(result.Verdict, CheckIds.SignatureValid, "The server refuses a quote by another key.");
    }

    public async Task ReplayAsync(AttestationEvidence old, CancellationToken cancellationToken)
    {
        narrator.Chapter("   Attack 3: machine A's old answer is replayed");
        AttestationResult again = await server.VerifyAsync(old, cancellationToken);
        narrator.Refused(again.Verdict, CheckIds.ChallengeKnown, "The server refuses an answer to a challenge that was answered before.");

        ChallengeOffer offer = await server.CreateChallengeAsync(node, cancellationToken);
        AttestationEvidence relabelled = new()
        {
            ChallengeId = offer.Challenge!.ChallengeId,
            Attest = old.Attest,
            Signature = old.Signature,
            PcrValues = old.PcrValues,
        };
        AttestationResult result = await server.VerifyAsync(relabelled, cancellationToken);
        narrator.Refused(result.Verdict, CheckIds.QuoteNonce, "The server refuses the old quote under a new challenge.");
    }

    public async Task ClaimSoftwareKeyAsync(Agent thief, CancellationToken cancellationToken)
    {
        narrator.Chapter("   Attack 4: a key made in software claims to be machine B's AK");
        EndorsementKey own = await thief.Client.GetEndorsementKeyAsync(cancellationToken: cancellationToken);
        await using AttestationKey genuine = await thief.Client.CreateAttestationKeyAsync(own, cancellationToken: cancellationToken);
        using ECDsa software = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECPoint point = software.ExportParameters(includePrivateParameters: false).Q;
        TpmtPublic claim = new(
            genuine.Public.NameAlg, genuine.Public.ObjectAttributes, [], genuine.Public.Parameters, new TpmsEccPoint(point.X, point.Y));
        EnrollmentOffer offer = await server.BeginEnrollmentAsync(
            new EnrollmentRequest
            {
                NodeId = "rack1-node8",
                EndorsementCertificate = own.Certificate,
                EndorsementPublic = own.Public.EncodeSized(),
                AttestationPublic = claim.EncodeSized(),
            },
            cancellationToken);
        narrator.Verified(offer.Verdict, "The claim is well formed, so the server wraps a secret for it. Nothing is enrolled before that is opened.");

        try
        {
            await genuine.RespondAsync(offer.Challenge!, "rack1-node8", cancellationToken);
            narrator.Step(false, "Machine B's TPM opened a secret that is for a key it does not have.");
        }
        catch (TpmCommandException refusal)
        {
            narrator.Step(
                refusal.ResponseCode.Error == TpmRc.Integrity, "Machine B's TPM does not open a secret that is for a key it does not have.", refusal.Message);
        }

        CredentialResponse guess = new() { ChallengeId = offer.Challenge!.ChallengeId, Proof = RandomNumberGenerator.GetBytes(32) };
        EnrollmentResult result = await server.CompleteEnrollmentAsync(guess, cancellationToken);
        narrator.Refused(result.Verdict, CheckIds.CredentialSecret, "The server refuses a guess.");
    }

    public async Task PresentUnknownCertificateAsync(CancellationToken cancellationToken)
    {
        narrator.Chapter("   Attack 5: a look-alike machine with an EK certificate of its own CA asks to be enrolled");
        await using TpmManufacturer counterfeiter = await TpmManufacturer.CreateAsync(cancellationToken);
        await using EmulatedMachine lookAlike = await counterfeiter.ManufactureAsync("machine-A", cancellationToken);
        await lookAlike.PowerOnAsync(cancellationToken: cancellationToken);
        await using Agent agent = new(lookAlike);
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync(cancellationToken: cancellationToken);
        await using AttestationKey key = await agent.Client.CreateAttestationKeyAsync(endorsementKey, cancellationToken: cancellationToken);
        EnrollmentOffer offer = await server.BeginEnrollmentAsync(key.CreateEnrollmentRequest("rack1-node9", endorsementKey), cancellationToken);
        narrator.Refused(offer.Verdict, CheckIds.EkCertificateChain, "The server refuses it: the name is the same, 'machine-A', but its CA is not one that the server trusts.");
    }
}
