using HardwareAttestation.Client;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>A TPM has three slots for transient objects, and behind no resource manager everybody shares them.</summary>
public sealed class SlotTests
{
    [Theory]
    [InlineData("L-1")]
    [InlineData("L-2")]
    public async Task More_keys_than_the_TPM_has_slots_are_used_in_turn(string template)
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.Parse(template));
        List<AttestationKey> keys = [];
        for (int i = 0; i < 6; i++)
        {
            keys.Add(await agent.Client.CreateAttestationKeyAsync(endorsementKey));
        }

        foreach (AttestationKey key in keys.Concat(keys))
        {
            byte[] signature = (await key.SignAsync("data"u8.ToArray())).Encode();
            EvidenceVerifier.VerifySignature(key.Public, "data"u8, signature).ShouldBeVerified();
            Credential credential = CredentialMaker.MakeCredential(endorsementKey.Public, key.Name, new byte[32]);
            (await key.ActivateCredentialAsync(credential.CredentialBlob, credential.EncryptedSecret)).Should().Equal(new byte[32]);
        }

        foreach (AttestationKey key in keys)
        {
            await key.DisposeAsync();
        }

        (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().BeEmpty();
    }

    [Fact]
    public async Task The_key_that_was_used_longest_ago_makes_room()
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();
        await using AttestationKey first = await agent.Client.CreateAttestationKeyAsync(endorsementKey);
        await using AttestationKey second = await agent.Client.CreateAttestationKeyAsync(endorsementKey);
        await using AttestationKey third = await agent.Client.CreateAttestationKeyAsync(endorsementKey);
        await first.SignAsync(new byte[1]);

        await using AttestationKey fourth = await agent.Client.LoadAttestationKeyAsync(third.Blob);

        agent.Device.Forget();
        await first.SignAsync(new byte[1]);
        agent.Device.Commands.Should().HaveCount(2, "it is still there");
        agent.Device.Forget();
        await second.SignAsync(new byte[1]);
        agent.Device.Commands.Should().HaveCountGreaterThan(4, "it was the second key that left its slot");
    }

    // Where the hierarchies have values, making a parent takes a key that salts the session in which the value is proved.
    [Theory]
    [InlineData("L-2", TpmKeyParent.EndorsementKey)]
    [InlineData("L-2", TpmKeyParent.StorageRootKey)]
    [InlineData("H-2", TpmKeyParent.EndorsementKey)]
    public async Task Two_keys_with_values_are_used_at_once_though_their_parent_is_made_each_time(string template, TpmKeyParent parent)
    {
        byte[] owner = "the owner's value"u8.ToArray();
        byte[] endorsement = "the endorsement value"u8.ToArray();
        byte[] nonce = "a nonce"u8.ToArray();
        await using Agent agent = await Agent.StartAsync();
        await RawTpm.ChangeHierarchyAuthAsync(agent.Device.Inner, TpmHandle.Owner, owner);
        await RawTpm.ChangeHierarchyAuthAsync(agent.Device.Inner, TpmHandle.Endorsement, endorsement);
        await agent.StopAsync();
        agent.AuthValues = new TpmAuthValues { Owner = owner, Endorsement = endorsement };
        agent.Start();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.Parse(template));
        TpmKeyOptions options = new() { Parent = parent, AuthValue = "the key's value"u8.ToArray() };
        await using AttestationKey key = await agent.Client.CreateAttestationKeyAsync(endorsementKey, options);
        await using ApplicationKey application = await agent.Client.CreateApplicationKeyAsync(endorsementKey, options);

        TpmAttestation certified = await key.CertifyAsync(application, nonce);

        CertifyExpectation expectation = new() { AttestationKey = key.Public, Nonce = nonce, Usage = ApplicationKeyUsage.Sign };
        EvidenceVerifier.VerifyCertify(expectation, application.Public.EncodeSized(), certified.Attest.Span, certified.Signature.Encode())
            .Verdict.ShouldBeVerified();
        (await key.GetTimeAsync(nonce)).Attested.Should().NotBeNull();
        await key.DisposeAsync();
        await application.DisposeAsync();
        (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_key_that_the_TPM_lost_unnoticed_is_never_taken_for_the_one_that_has_its_handle_now()
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();
        AttestationKey lost = await agent.Client.CreateAttestationKeyAsync(endorsementKey);
        uint handle = await LoseEverythingAsync(agent);

        // At the handle of the first.
        await using AttestationKey other = await agent.Client.CreateAttestationKeyAsync(endorsementKey);
        (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().Equal(handle);
        byte[] signature = (await lost.SignAsync("data"u8.ToArray())).Encode();
        EvidenceVerifier.VerifySignature(lost.Public, "data"u8, signature).ShouldBeVerified();
        await lost.DisposeAsync();

        (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().Equal(handle);
        signature = (await other.SignAsync("data"u8.ToArray())).Encode();
        EvidenceVerifier.VerifySignature(other.Public, "data"u8, signature).ShouldBeVerified();
    }

    [Fact]
    public async Task A_key_that_the_TPM_lost_unnoticed_is_refused_once_and_loaded_again()
    {
        await using Agent agent = await Agent.StartAsync();
        await using AttestationKey lost = await agent.Client.CreateAttestationKeyAsync(await agent.Client.GetEndorsementKeyAsync());
        await LoseEverythingAsync(agent);
        Func<Task> sign = () => lost.SignAsync("data"u8.ToArray());

        (await sign.Should().ThrowAsync<TpmCommandException>()).Which.ResponseCode.Error.Should().Be(TpmRc.ReferenceH0);

        byte[] signature = (await lost.SignAsync("data"u8.ToArray())).Encode();
        EvidenceVerifier.VerifySignature(lost.Public, "data"u8, signature).ShouldBeVerified();
    }

    [Fact]
    public async Task Slots_that_somebody_else_fills_are_said_to_be_somebody_elses()
    {
        await using Agent agent = await Agent.StartAsync();
        await using AttestationClient other = new(agent.Device);
        EndorsementKey endorsementKey = await other.GetEndorsementKeyAsync();
        for (int i = 0; i < 3; i++)
        {
            await other.CreateAttestationKeyAsync(endorsementKey);
        }

        Func<Task> create = () => agent.Client.CreateAttestationKeyAsync(endorsementKey);

        TpmCommandException refusal = (await create.Should().ThrowAsync<TpmCommandException>()).Which;
        refusal.ResponseCode.Error.Should().Be(TpmRc.ObjectMemory);
        refusal.Message.Should().Contain("This client holds 0 objects").And.Contain("somebody else's").And.Contain("/dev/tpmrm0");
    }

    // What a TPM does when the machine sleeps: transient objects are gone, and the device stays connected.
    private static async Task<uint> LoseEverythingAsync(Agent agent)
    {
        uint handle = (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().ContainSingle().Subject;
        await RawTpm.FlushAsync(agent.Device.Inner, handle);
        return handle;
    }
}
