using HardwareAttestation.Client;
using HardwareAttestation.Client.Testing;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using Microsoft.Extensions.Logging;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>The code of the README, as it stands there: a test compares the two, and another runs this code.</summary>
internal static class ReadmeSnippets
{
    /// <summary>What the README calls "server": however the agent reaches it.</summary>
    public interface IServer
    {
        Task<CredentialChallenge?> BeginEnrollmentAsync(EnrollmentRequest request);

        Task<bool> CompleteEnrollmentAsync(CredentialResponse response);

        Task<AttestationChallenge?> GetChallengeAsync(string node);

        Task<bool> VerifyAsync(AttestationEvidence evidence);
    }

    public static async Task<bool> RunAgentAsync(ITpmDevice tpm, string folder, IServer server)
    {
        #region readme-agent
        const string node = "rack1-node7";
        await using AttestationClient client = new(tpm);            // tpm: TpmDevice.Open(), or TpmDevice.Open("swtpm:path=/run/tpm.sock")
        FileTpmKeyStore store = new(folder);

        // The attestation key: created at the first start, on disk ever after as a blob that only this TPM can load.
        await using AttestationKey key = await client.GetOrCreateAttestationKeyAsync(store, "boot");

        // First time: the server wraps a secret for this TPM's endorsement key and this attestation key; only this TPM opens it.
        if (await server.GetChallengeAsync(node) is not { } challenge)
        {
            CredentialChallenge? credential = await server.BeginEnrollmentAsync(await key.CreateEnrollmentRequestAsync(node));
            if (credential is null || !await server.CompleteEnrollmentAsync(await key.RespondAsync(credential, node)))
            {
                throw new InvalidOperationException($"The server did not enrol {node}; its log says why.");
            }

            Console.WriteLine($"enrolled as {node}");
            challenge = (await server.GetChallengeAsync(node))!;
        }

        // Every boot: a quote of the PCRs with the server's nonce.
        bool isVerified = await server.VerifyAsync(await key.RespondAsync(challenge));
        Console.WriteLine(isVerified ? "verified" : "refused; the server's log says why");
        #endregion
        return isVerified;
    }

    public static async Task<(TpmtPublic AttestationKey, TpmtPublic ApplicationKey, TpmAttestation[] Attestations, TpmtSignature Signature)> RunMoreAsync(
        AttestationClient client, ITpmKeyStore store, byte[] authValue, byte[] nonce, byte[] data)
    {
        #region readme-more
        // Each service has its key, by name; here under the storage root key, with an authorisation value, and kept in the TPM besides.
        TpmKeyOptions options = new() { Algorithm = TpmKeyAlgorithm.P384, Parent = TpmKeyParent.StorageRootKey, AuthValue = authValue };
        await using AttestationKey key = await client.GetOrCreateAttestationKeyAsync(store, "storage", options: options);
        await store.SaveAsync("storage", await key.PersistAsync(new TpmHandle(0x81008F00)));

        // A key of an application, and the TPM's word for it that the key never leaves the same TPM: for EvidenceVerifier.VerifyCertify.
        await using ApplicationKey application = await client.GetOrCreateApplicationKeyAsync(store, "application");
        TpmAttestation certified = await key.CertifyAsync(application, nonce);
        TpmtSignature signature = await application.SignAsync(data);
        byte[] forOthers = signature.ToSignatureBytes(application.Public);   // as ECDsa.VerifyData, RSA.VerifyData and JSON Web Tokens take it

        // What the TPM says of its clock and of an NV index, and everything that it has for endorsement keys.
        TpmAttestation time = await key.GetTimeAsync(nonce);
        TpmAttestation index = await key.CertifyNVAsync(new TpmHandle(0x01C00002), nonce);
        foreach (DiscoveredEndorsementKey found in await client.GetEndorsementKeysAsync())
        {
            Console.WriteLine($"{found.Template}: {found.Fault ?? "usable"}");
        }
        #endregion
        return (key.Public, application.Public, [certified, time, index], signature);
    }

    public static AttestationVerifier CreateVerifier(string rootsPem, string issuersPem)
    {
        #region readme-server
        AttestationVerifierOptions options = new();
        options.TrustAnchors.ImportFromPemFile(rootsPem);           // the TPM makers' roots that you trust
        options.Intermediates.ImportFromPemFile(issuersPem);        // and the issuers below them
        options.EndorsementCertificates.AllowedTrustClasses.Add(EndorsementTrustClass.SoftwareEmulator);    // only for emulated machines: refused otherwise
        AttestationVerifier verifier = new(options);
        #endregion
        return verifier;
    }

    public static AttestationVerifier CreateStricterVerifier(AttestationVerifierOptions options, byte[] goodDigest, ILogger<AttestationVerifier> logger)
    {
        #region readme-server-policy
        options.PcrSelection = TpmlPcrSelection.Parse("sha256:0,1,2,3,4,7");              // SHA-256 PCRs 0 to 7 without it
        options.PcrPolicy.Allow(TpmAlgId.Sha256, 7, goodDigest);                          // or Allow(boot.PcrValues), as a good machine has them

        // Asks this host, and no other, for issuers and revocation lists at the addresses that a certificate names; without a fetcher nobody is asked.
        EndorsementCertificateFetcher fetcher = new(new EndorsementCertificateFetchOptions { AllowedHosts = { "pki.infineon.com" } });
        AttestationVerifier verifier = new(options, logger: logger, fetcher: fetcher);
        #endregion
        return verifier;
    }

    public static async Task<EnrollmentOffer> BeginAsync(AttestationVerifier verifier, EnrollmentRequest request)
    {
        #region readme-server-begin
        EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(request);             // certificate, keys; send offer.Challenge: null if refused
        #endregion
        return offer;
    }

    public static async Task<EnrollmentResult> CompleteAsync(AttestationVerifier verifier, CredentialResponse response)
    {
        #region readme-server-complete
        EnrollmentResult enrolled = await verifier.CompleteEnrollmentAsync(response);     // compares the proof, and stores enrolled.Device
        #endregion
        return enrolled;
    }

    public static async Task<ChallengeOffer> ChallengeAsync(AttestationVerifier verifier, string node)
    {
        #region readme-server-challenge
        ChallengeOffer question = await verifier.CreateChallengeAsync(node);              // a fresh nonce; send question.Challenge: null if question.Verdict refuses
        #endregion
        return question;
    }

    public static async Task<AttestationResult> VerifyAsync(AttestationVerifier verifier, AttestationEvidence evidence)
    {
        #region readme-server-verify
        AttestationResult boot = await verifier.VerifyAsync(evidence);                    // signature, nonce, PCRs, boot counters
        if (boot.Verdict.IsVerified)
        {
            Console.WriteLine($"{boot.Device!.NodeId} is the machine that was enrolled");
        }

        foreach (Finding finding in boot.Verdict.Refusals)
        {
            Console.WriteLine(finding);                                                   // "refused quote.nonce: …"
        }
        #endregion
        return boot;
    }

    public static CertifyResult VerifyCertified(DeviceRecord device, byte[] nonce, byte[] applicationPublic, byte[] attest, byte[] signature)
    {
        #region readme-server-certify
        // What the agent sent: TPM2B_PUBLIC of the key (application.Public.EncodeSized()), certified.Attest, and certified.Signature.Encode().
        CertifyExpectation expected = new()
        {
            AttestationKey = device.GetAttestationKey(),       // device is a DeviceRecord: boot.Device, or of your IDeviceStore
            QualifiedSigner = device.GetQualifiedSigner(),
            Nonce = nonce,
            Usage = ApplicationKeyUsage.Sign,
        };
        CertifyResult certification = EvidenceVerifier.VerifyCertify(expected, applicationPublic, attest, signature);
        #endregion
        return certification;
    }

    public static async Task<TpmQuote> RunOnLibtpmsAsync(string folder, byte[] nonce)
    {
        #region testing-libtpms
        await using ITpmDevice tpm = TpmDevice.Open($"libtpms:dir={folder}");      // an empty folder: a new TPM, in this process
        await using AttestationClient client = new(tpm);
        EndorsementKey endorsementKey = await client.GetEndorsementKeyAsync();
        await using AttestationKey key = await client.CreateAttestationKeyAsync(endorsementKey);
        TpmQuote quote = await key.QuoteAsync(TpmlPcrSelection.Parse("sha256:0,7"), nonce);
        #endregion
        return quote;
    }

    public static async Task RecordAsync(string device, string file, Func<ITpmDevice, Task> runAgentAsync)
    {
        #region testing-record
        await using RecordingTpmDevice tpm = RecordingTpmDevice.ToFile(TpmDevice.Open(device), file);   // options: RecordSecrets, to replay sessions
        await runAgentAsync(tpm);
        #endregion
    }

    public static async Task ReplayAsync(string file, Func<ITpmDevice, Task> runAgentAsync)
    {
        #region testing-replay
        await using ReplayingTpmDevice tpm = new(TpmTranscript.Load(file));
        await runAgentAsync(tpm);                                                  // the same calls, with the same challenges
        #endregion
    }

    public static void Redact(string file, string redactedFile)
    {
        #region testing-redact
        TpmTranscript.Load(file).Redact().Save(redactedFile);
        #endregion
    }
}
