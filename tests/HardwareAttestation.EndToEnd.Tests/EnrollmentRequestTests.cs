using HardwareAttestation.Client;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>The request of an agent that has its key and nothing else.</summary>
public sealed class EnrollmentRequestTests
{
    [Theory]
    [InlineData(TpmKeyParent.EndorsementKey)]
    [InlineData(TpmKeyParent.StorageRootKey)]
    public async Task The_endorsement_key_is_looked_up_by_the_keys_own_template(TpmKeyParent parent)
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.L2);
        await using AttestationKey key = await agent.Client.CreateAttestationKeyAsync(endorsementKey, new TpmKeyOptions { Parent = parent });

        EnrollmentRequest request = await key.CreateEnrollmentRequestAsync("node");

        EnrollmentRequest byHand = key.CreateEnrollmentRequest("node", endorsementKey);
        request.NodeId.Should().Be("node");
        request.EndorsementCertificate.ToArray().Should().Equal(byHand.EndorsementCertificate.ToArray());
        request.EndorsementCertificateChain.Should().HaveSameCount(byHand.EndorsementCertificateChain);
        request.EndorsementPublic.ToArray().Should().Equal(byHand.EndorsementPublic.ToArray());
        request.AttestationPublic.ToArray().Should().Equal(byHand.AttestationPublic.ToArray());
        request.StorageParentPublic.ToArray().Should().Equal(byHand.StorageParentPublic.ToArray());
    }

    [Fact]
    public async Task A_machine_is_enrolled_by_it()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent agent = await Agent.StartAsync();
        await using AttestationKey key = await agent.Client.CreateAttestationKeyAsync(await agent.Client.GetEndorsementKeyAsync());

        EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(await key.CreateEnrollmentRequestAsync(TestFleet.Node));

        EnrollmentResult result = await verifier.CompleteEnrollmentAsync(await key.RespondAsync(offer.Challenge!, TestFleet.Node));
        result.Verdict.ShouldBeVerified();
    }

    [Fact]
    public async Task A_TPM_that_shows_another_endorsement_key_is_a_fault_of_the_machine_and_not_of_the_caller()
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();
        AttestationKey created = await agent.Client.CreateAttestationKeyAsync(endorsementKey, new TpmKeyOptions { Parent = TpmKeyParent.StorageRootKey });
        await created.DisposeAsync();
        TpmKeyBlob ofAnother = new(
            created.Blob.EndorsementTemplate, created.Name, created.Public, created.Blob.Private.Span, created.Blob.StorageParent);
        await using AttestationKey key = await agent.Client.LoadAttestationKeyAsync(ofAnother);

        Func<Task> request = () => key.CreateEnrollmentRequestAsync("node");

        (await request.Should().ThrowAsync<TpmKeyException>()).WithMessage("*shows another L-1 endorsement key*").Which.Fault.Should().Be(TpmKeyFault.OtherTpm);
    }

    [Fact]
    public async Task A_key_that_was_disposed_of_asks_for_nothing()
    {
        await using Agent agent = await Agent.StartAsync();
        (AttestationKey key, _) = await agent.CreateRequestAsync();
        await key.DisposeAsync();

        await key.Invoking(it => it.CreateEnrollmentRequestAsync("node")).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Fact]
    public async Task What_a_client_gives_out_can_be_made_by_hand()
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey found = await agent.Client.GetEndorsementKeyAsync();
        EndorsementKey made = new(found.Template, found.Public, found.Certificate.Span, found.CertificateChain);
        await using AttestationKey key = await agent.Client.CreateAttestationKeyAsync(made);
        TpmQuote quoted = await key.QuoteAsync(TpmlPcrSelection.Parse("sha256:0,1"), new byte[8]);
        TpmAttestation time = await key.GetTimeAsync(new byte[8]);

        TpmQuote quote = new(quoted.Attest.Span, quoted.Signature, quoted.PcrValues);
        TpmAttestation attestation = new(time.Attest.Span, time.Signature);

        made.Name.Should().Be(found.Name);
        quote.Attest.ToArray().Should().Equal(quoted.Attest.ToArray());
        quote.PcrValues.Should().Equal(quoted.PcrValues);
        quote.Attested.ClockInfo.Should().Be(quoted.Attested.ClockInfo);
        attestation.Attested.ClockInfo.Should().Be(time.Attested.ClockInfo);
        ((Action)(() => _ = new TpmQuote(time.Attest.Span, time.Signature, []))).Should().Throw<TpmFormatException>("it is no quote");
        ((Action)(() => _ = new TpmAttestation(new byte[3], time.Signature))).Should().Throw<TpmFormatException>();
        ((Action)(() => _ = new EndorsementKey(EndorsementKeyTemplate.L2, found.Public))).Should().Throw<ArgumentException>().WithMessage("*no L-2 endorsement key*");
        ((Action)(() => _ = new EndorsementKey(EndorsementKeyTemplate.L1, found.Public, [1, 2, 3]))).Should().Throw<EndorsementKeyException>();
    }
}
