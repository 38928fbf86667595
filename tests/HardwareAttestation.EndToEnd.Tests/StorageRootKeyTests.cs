using HardwareAttestation.Client;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>Attestation keys under the storage root key.</summary>
public sealed class StorageRootKeyTests
{
    private static readonly TpmKeyOptions UnderStorage = new() { Parent = TpmKeyParent.StorageRootKey };

    public static TheoryData<string, bool> EveryKindOfKey
    {
        get
        {
            TheoryData<string, bool> data = [];
            foreach (TpmKeyAlgorithm algorithm in TpmKeyAlgorithm.All)
            {
                data.Add(algorithm.Name, true);
                data.Add(algorithm.Name, false);
            }

            return data;
        }
    }

    [Theory]
    [InlineData(TpmKeyParent.EndorsementKey)]
    [InlineData(TpmKeyParent.StorageRootKey)]
    public async Task A_key_is_adopted_by_its_areas_under_the_parent_that_it_has_and_no_other(TpmKeyParent parent)
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();
        AttestationKey created = await agent.Client.CreateAttestationKeyAsync(endorsementKey, new TpmKeyOptions { Parent = parent });
        await created.DisposeAsync();
        TpmKeyParent another = parent == TpmKeyParent.EndorsementKey ? TpmKeyParent.StorageRootKey : TpmKeyParent.EndorsementKey;

        Func<Task> mistake = () => agent.Client.AdoptAttestationKeyAsync(endorsementKey, created.Public, created.Blob.Private, another);
        (await mistake.Should().ThrowAsync<TpmKeyException>()).Which.Fault.Should().Be(TpmKeyFault.Orphaned);
        await using AttestationKey adopted = await agent.Client.AdoptAttestationKeyAsync(endorsementKey, created.Public, created.Blob.Private, parent);

        adopted.Blob.ToArray().Should().Equal(created.Blob.ToArray());
        await TestFleet.EnrollAndAttestAsync(verifier, adopted, endorsementKey);
        await adopted.DisposeAsync();
        (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_key_that_is_not_restricted_is_not_adopted()
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();
        await using ApplicationKey key = await agent.Client.CreateApplicationKeyAsync(endorsementKey);

        Func<Task> adopt = () => agent.Client.AdoptAttestationKeyAsync(endorsementKey, key.Public, key.Blob.Private);

        (await adopt.Should().ThrowAsync<TpmKeyException>()).WithMessage("*not restricted*").Which.Fault.Should().Be(TpmKeyFault.WrongKind);
    }

    [Theory]
    [MemberData(nameof(EveryKindOfKey))]
    public async Task A_key_under_the_storage_root_key_is_enrolled_and_attests_after_a_reboot(string algorithm, bool persistent)
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent agent = await Agent.StartAsync();
        if (persistent)
        {
            await RawTpm.MakeStorageRootKeyAsync(agent.Device.Inner, []);
        }

        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();
        TpmKeyOptions options = new() { Parent = TpmKeyParent.StorageRootKey, Algorithm = TpmKeyAlgorithm.Parse(algorithm) };
        if (await KeySizes.AreRefusedAsync(agent.Device.Inner, () => agent.Client.CreateAttestationKeyAsync(endorsementKey, options), algorithm))
        {
            return;
        }

        TpmKeyBlob blob;
        await using (AttestationKey key = await agent.Client.CreateAttestationKeyAsync(endorsementKey, options))
        {
            await TestFleet.EnrollAndAttestAsync(verifier, key, endorsementKey);
            blob = TpmKeyBlob.Parse(key.Blob.ToArray());
        }

        await agent.RebootAsync();

        blob.StorageParent!.Type.Should().Be(persistent ? TpmAlgId.Rsa : TpmAlgId.Ecc, "the persistent key is RSA, and where there is none an ECC key is quickly made");
        (await TestFleet.AttestAsync(verifier, agent.Client, blob)).Verdict.ShouldBeVerified();
        agent.Device.Commands.Should().NotContain(command => NamesEndorsementKey(command), "the endorsement key is not needed to load it");
        (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().BeEmpty();
    }

    [Fact]
    public async Task A14_AQuoteUnderAnotherParentThanTheEnrolledOne_IsRefused()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();
        await using AttestationKey key = await agent.Client.CreateAttestationKeyAsync(endorsementKey, UnderStorage);
        EnrollmentRequest request = key.CreateEnrollmentRequest(TestFleet.Node, endorsementKey);
        EnrollmentRequest lie = new()
        {
            NodeId = request.NodeId,
            EndorsementCertificate = request.EndorsementCertificate,
            EndorsementPublic = request.EndorsementPublic,
            AttestationPublic = request.AttestationPublic,
        };
        CredentialChallenge credential = (await verifier.BeginEnrollmentAsync(lie)).Challenge!;
        (await verifier.CompleteEnrollmentAsync(await key.RespondAsync(credential, TestFleet.Node))).Verdict.ShouldBeVerified();

        AttestationChallenge challenge = (await verifier.CreateChallengeAsync(TestFleet.Node)).Challenge!;
        AttestationResult result = await verifier.VerifyAsync(await key.RespondAsync(challenge));

        result.Verdict.ShouldBeRefusedBy("quote.signer");
    }

    [Fact]
    public async Task A_parent_that_is_no_storage_key_is_refused()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent agent = await Agent.StartAsync();
        (AttestationKey key, EnrollmentRequest request) = await agent.CreateRequestAsync();
        foreach (byte[] parent in (byte[][])[
            key.Public.EncodeSized(), [0, 1, 2], [0xFF], Parent(TpmAlgId.Sm3_256), Parent(TpmAlgId.Sha3_256), Parent(TpmAlgId.Sha1), Parent(TpmAlgId.Null)])
        {
            EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(new EnrollmentRequest
            {
                NodeId = request.NodeId,
                EndorsementCertificate = request.EndorsementCertificate,
                EndorsementPublic = request.EndorsementPublic,
                AttestationPublic = request.AttestationPublic,
                StorageParentPublic = parent,
            });

            offer.Verdict.ShouldBeRefusedBy("ak.parent");
            offer.Challenge.Should().BeNull();
        }
    }

    [Fact]
    public async Task A_key_whose_parent_was_cleared_says_so_and_another_machines_key_says_that()
    {
        await using Agent agent = await Agent.StartAsync();
        await using Agent other = await Agent.StartOtherAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();
        AttestationKey underStorage = await agent.Client.CreateAttestationKeyAsync(endorsementKey, UnderStorage);
        AttestationKey underEndorsement = await agent.Client.CreateAttestationKeyAsync(endorsementKey);
        await underStorage.DisposeAsync();
        await underEndorsement.DisposeAsync();

        await RawTpm.ClearAsync(agent.Device.Inner);

        foreach (TpmKeyBlob blob in (TpmKeyBlob[])[underStorage.Blob, underEndorsement.Blob])
        {
            Func<Task> cleared = () => agent.Client.LoadAttestationKeyAsync(blob);
            (await cleared.Should().ThrowAsync<TpmKeyException>()).WithMessage("*the TPM was cleared*enrol the machine again*")
                .Which.Fault.Should().Be(TpmKeyFault.Orphaned);
            Func<Task> foreign = () => other.Client.LoadAttestationKeyAsync(blob);
            (await foreign.Should().ThrowAsync<TpmKeyException>()).WithMessage("*another*endorsement key*another machine*")
                .Which.Fault.Should().Be(TpmKeyFault.OtherTpm);
        }

        (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().BeEmpty();
        (await RawTpm.ListHandlesAsync(other.Device.Inner)).Should().BeEmpty();
    }

    // A storage root key with another nameAlg. Nobody may be able to compute its Name.
    private static byte[] Parent(TpmAlgId nameAlg)
    {
        TpmtPublic standard = StorageKeyTemplates.Ecc;
        return new TpmtPublic(nameAlg, standard.ObjectAttributes, [], standard.Parameters, standard.Unique).EncodeSized();
    }

    private static bool NamesEndorsementKey(byte[] command) => command.AsSpan().IndexOf((byte[])[0x81, 0x01, 0x00, 0x01]) >= 0;
}
