using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>Every endorsement key template with every attestation key algorithm: enrolled, rebooted and challenged.</summary>
public sealed class EveryKeyTests
{
    // RSA 4096 is not built into the emulator's usual versions.
    private const string MayBeMissing = "H-7";

    public static TheoryData<string> Templates => [.. EndorsementKeyTemplate.All.Select(template => template.Id)];

    [Theory]
    [MemberData(nameof(Templates))]
    public async Task Every_attestation_key_under_an_endorsement_key_is_enrolled_and_challenged(string id)
    {
        EndorsementKeyTemplate template = EndorsementKeyTemplate.Parse(id);
        using EndorsementAuthority authority = new();
        InMemoryDeviceStore devices = new();
        AttestationVerifier verifier = authority.CreateVerifier(devices);
        await using Agent agent = await Agent.StartAsync();
        if (!await CertifyAsync(agent, template, authority))
        {
            (id == MayBeMissing || SharedMachines.IsTpmChosen).Should().BeTrue("emulated machines make all but one");
            await agent.Client.Invoking(client => client.GetEndorsementKeyAsync(template)).Should().ThrowAsync<TpmCommandException>();
            return;
        }

        Dictionary<TpmKeyAlgorithm, (TpmKeyBlob Blob, string Node)> enrolled = [];
        foreach (TpmKeyAlgorithm algorithm in TpmKeyAlgorithm.All)
        {
            EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync(template);
            if (await KeySizes.AreRefusedAsync(
                agent.Device.Inner, () => agent.Client.CreateAttestationKeyAsync(endorsementKey, new TpmKeyOptions { Algorithm = algorithm }), algorithm.Name))
            {
                continue;
            }

            string node = $"node-{algorithm.Name}";
            TpmKeyBlob blob = await EnrollAsync(agent.Client, verifier, authority, template, algorithm, node);
            (await TestFleet.AttestAsync(verifier, agent.Client, blob, node)).Verdict.ShouldBeVerified();
            enrolled.Add(algorithm, (blob, node));

            // One endorsement key is enrolled once at a time.
            (await verifier.Devices.RemoveAsync(node)).Succeeded.Should().BeTrue();
        }

        await agent.RebootAsync();
        foreach ((TpmKeyBlob blob, string node) in enrolled.Values)
        {
            await using AttestationKey key = await agent.Client.LoadAttestationKeyAsync(TpmKeyBlob.Parse(blob.ToArray()));
            byte[] nonce = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
            TpmlPcrSelection selection = TpmlPcrSelection.Parse("sha1:0+sha256:0,1,2,3,4,5,6,7,8,9,10,23");
            TpmQuote quote = await key.QuoteAsync(selection, nonce);
            QuoteExpectation expectation = new() { AttestationKey = key.Public, Nonce = nonce, PcrSelection = selection };
            EvidenceVerifier.VerifyQuote(expectation, quote.Attest.Span, quote.Signature.Encode(), quote.PcrValues).Verdict.ShouldBeVerified();
        }

        (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().BeEmpty();
    }

    private static async Task<TpmKeyBlob> EnrollAsync(
        AttestationClient client,
        AttestationVerifier verifier,
        EndorsementAuthority authority,
        EndorsementKeyTemplate template,
        TpmKeyAlgorithm algorithm,
        string node)
    {
        EndorsementKey endorsementKey = await client.GetEndorsementKeyAsync(template);

        // The emulated machine's own certificates are another authority's, and cannot be replaced.
        endorsementKey = endorsementKey.WithCertificate(authority.Issue(endorsementKey.Public));
        await using AttestationKey key = await client.CreateAttestationKeyAsync(endorsementKey, new TpmKeyOptions { Algorithm = algorithm });
        EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(key.CreateEnrollmentRequest(node, endorsementKey));
        offer.Verdict.ShouldBeVerified();
        EnrollmentResult result = await verifier.CompleteEnrollmentAsync(await key.RespondAsync(offer.Challenge!, node));
        result.Verdict.ShouldBeVerified();
        result.Device!.AttestationPublic.ToArray().Should().Equal(key.Public.Encoded.ToArray());
        return key.Blob;
    }

    /// <summary>Stores a certificate where there is none, and makes RSA keys persistent, since each making of one takes long.</summary>
    /// <returns>Whether the TPM can make this key at all.</returns>
    private static async Task<bool> CertifyAsync(Agent agent, EndorsementKeyTemplate template, EndorsementAuthority authority)
    {
        ITpmDevice device = agent.Device.Inner;
        if (template == EndorsementKeyTemplate.L1 || template == EndorsementKeyTemplate.H3)
        {
            return true;
        }

        try
        {
            (TpmHandle handle, TpmtPublic key) = await RawTpm.MakePrimaryAsync(device, TpmHandle.Endorsement, template.PublicArea);
            if (key.Type == TpmAlgId.Rsa)
            {
                await RawTpm.EvictControlAsync(device, handle, template.PersistentHandles[0]);
            }

            await RawTpm.FlushAsync(device, handle.Value);
            await RawTpm.StoreAsync(device, template.CertificateIndex, authority.Issue(key));
            return true;
        }
        catch (TpmCommandException exception) when (exception.Command == TpmCommandCode.CreatePrimary)
        {
            return false;
        }
    }
}
