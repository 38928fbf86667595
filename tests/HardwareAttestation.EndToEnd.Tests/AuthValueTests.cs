using System.Security.Cryptography;
using HardwareAttestation.Client;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>TPMs whose hierarchies and keys have authorisation values. No value may be seen on the way to the TPM.</summary>
public sealed class AuthValueTests
{
    private static readonly byte[] Owner = "the owner's value"u8.ToArray();
    private static readonly byte[] Endorsement = "the endorsement value"u8.ToArray();
    private static readonly byte[] Key = "the key's value"u8.ToArray();

    public static TheoryData<string, TpmKeyParent, bool> EveryWayToUseAKey
    {
        get
        {
            // L-1 is persistent and used by policy, L-2 is created and used by policy, H-2 is created and used by value, or by policy on request.
            TheoryData<string, TpmKeyParent, bool> data = [];
            foreach (TpmKeyParent parent in Enum.GetValues<TpmKeyParent>())
            {
                data.Add("L-1", parent, false);
                data.Add("L-2", parent, false);
                data.Add("H-2", parent, false);
                data.Add("H-2", parent, true);
                data.Add("H-3", parent, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(EveryWayToUseAKey))]
    public async Task Everything_works_where_everything_has_a_value(string template, TpmKeyParent parent, bool usePolicy)
    {
        await using Agent agent = await Agent.StartAsync();
        await RawTpm.ChangeHierarchyAuthAsync(agent.Device.Inner, TpmHandle.Owner, Owner);
        await RawTpm.ChangeHierarchyAuthAsync(agent.Device.Inner, TpmHandle.Endorsement, Endorsement);
        await agent.StopAsync();
        agent.AuthValues = new TpmAuthValues { Owner = Owner, Endorsement = Endorsement, UseEndorsementKeyPolicy = usePolicy };
        agent.Start();

        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.Parse(template));
        TpmKeyOptions options = new() { Parent = parent, AuthValue = Key };
        AttestationKey created = await agent.Client.CreateAttestationKeyAsync(endorsementKey, options);
        await created.DisposeAsync();
        await using AttestationKey key = await agent.Client.LoadAttestationKeyAsync(created.Blob, Key);
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        Credential credential = CredentialMaker.MakeCredential(endorsementKey.Public, key.Name, secret);

        (await key.ActivateCredentialAsync(credential.CredentialBlob, credential.EncryptedSecret)).Should().Equal(secret);
        byte[] signature = (await key.SignAsync("data"u8.ToArray())).Encode();
        EvidenceVerifier.VerifySignature(key.Public, "data"u8, signature).ShouldBeVerified();
        TpmlPcrSelection selection = TpmlPcrSelection.Parse("sha256:0,1");
        byte[] nonce = RandomNumberGenerator.GetBytes(32);
        TpmQuote quote = await key.QuoteAsync(selection, nonce);
        QuoteExpectation expectation = new() { AttestationKey = key.Public, Nonce = nonce, PcrSelection = selection };
        EvidenceVerifier.VerifyQuote(expectation, quote.Attest.Span, quote.Signature.Encode(), quote.PcrValues).Verdict.ShouldBeVerified();

        Saw(agent.Device, Owner, Endorsement, Key, secret).Should().BeFalse("no value and no secret crosses the bus in the clear");
        await key.DisposeAsync();
        (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().BeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_endorsement_key_with_a_value_of_its_own_is_used_by_that_or_by_its_policy(bool usePolicy)
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKeyTemplate template = EndorsementKeyTemplate.H2;
        TpmHandle handle = await RawTpm.CreatePrimaryAsync(agent.Device.Inner, TpmHandle.Endorsement, template.PublicArea, Key);
        await RawTpm.EvictControlAsync(agent.Device.Inner, handle, template.PersistentHandles[0]);
        await RawTpm.FlushAsync(agent.Device.Inner, handle.Value);
        await agent.StopAsync();
        agent.AuthValues = usePolicy ? new TpmAuthValues { UseEndorsementKeyPolicy = true } : new TpmAuthValues { EndorsementKey = Key };
        agent.Start();

        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync(template);
        await using AttestationKey key = await agent.Client.CreateAttestationKeyAsync(endorsementKey, new TpmKeyOptions { AuthValue = Owner });
        Credential credential = CredentialMaker.MakeCredential(endorsementKey.Public, key.Name, Endorsement);

        endorsementKey.PersistentHandle.Should().Be(template.PersistentHandles[0]);
        (await key.ActivateCredentialAsync(credential.CredentialBlob, credential.EncryptedSecret)).Should().Equal(Endorsement);
        Saw(agent.Device, Owner, Endorsement, Key).Should().BeFalse();
    }

    [Fact]
    public async Task A_storage_root_key_with_a_value_of_its_own_is_used_by_it()
    {
        await using Agent agent = await Agent.StartAsync();
        await RawTpm.MakeStorageRootKeyAsync(agent.Device.Inner, Key);
        await agent.StopAsync();
        agent.AuthValues = new TpmAuthValues { StorageRootKey = Key };
        agent.Start();

        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();
        AttestationKey created = await agent.Client.CreateAttestationKeyAsync(
            endorsementKey, new TpmKeyOptions { Parent = TpmKeyParent.StorageRootKey });
        await created.DisposeAsync();
        await using AttestationKey key = await agent.Client.LoadAttestationKeyAsync(created.Blob);

        byte[] signature = (await key.SignAsync("data"u8.ToArray())).Encode();
        EvidenceVerifier.VerifySignature(key.Public, "data"u8, signature).ShouldBeVerified();
        Saw(agent.Device, Key).Should().BeFalse();
    }

    [Fact]
    public async Task A_certificate_that_only_the_owner_may_read_is_read_with_his_value()
    {
        await using Agent agent = await Agent.StartAsync();
        byte[] certificate = (await agent.Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.L1)).Certificate.ToArray();
        TpmHandle index = EndorsementKeyTemplate.L2.CertificateIndex;
        TpmsNVPublic ownersOnly = new(index, TpmAlgId.Sha256, TpmaNV.OwnerRead | TpmaNV.OwnerWrite, [], (ushort)certificate.Length);
        await RawTpm.DefineNVAsync(agent.Device.Inner, ownersOnly);
        await RawTpm.WriteNVAsync(agent.Device.Inner, index, certificate);
        await RawTpm.ChangeHierarchyAuthAsync(agent.Device.Inner, TpmHandle.Owner, Owner);
        Func<Task> find = () => agent.Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.L2);
        (await find.Should().ThrowAsync<TpmCommandException>()).WithMessage("*TpmAuthValues.Owner*");
        await agent.StopAsync();
        agent.AuthValues = new TpmAuthValues { Owner = Owner };
        agent.Start();

        // It is read, and found to be of another key.
        await find.Should().ThrowAsync<EndorsementKeyException>();

        Saw(agent.Device, Owner).Should().BeFalse();
        (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_wrong_or_missing_value_is_refused_with_advice()
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();
        AttestationKey created = await agent.Client.CreateAttestationKeyAsync(endorsementKey, new TpmKeyOptions { AuthValue = Key });
        await created.DisposeAsync();
        await using AttestationKey without = await agent.Client.LoadAttestationKeyAsync(created.Blob);
        await using AttestationKey wrong = await agent.Client.LoadAttestationKeyAsync(created.Blob, Owner);
        await RawTpm.ChangeHierarchyAuthAsync(agent.Device.Inner, TpmHandle.Endorsement, Endorsement);
        Func<Task>[] refused =
        [
            () => without.SignAsync("data"u8.ToArray()),
            () => wrong.SignAsync("data"u8.ToArray()),
            () => agent.Client.CreateAttestationKeyAsync(endorsementKey),
            () => agent.Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.L2),
        ];

        foreach (Func<Task> operation in refused)
        {
            (await operation.Should().ThrowAsync<TpmCommandException>()).WithMessage("*authorisation value*");
        }
    }

    [Fact]
    public async Task A_value_that_is_too_long_is_a_mistake_of_the_caller()
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();

        Func<Task> create = () => agent.Client.CreateAttestationKeyAsync(endorsementKey, new TpmKeyOptions { AuthValue = new byte[33] });
        await using AttestationKey key = await agent.Client.CreateAttestationKeyAsync(endorsementKey);
        Func<Task> load = () => agent.Client.LoadAttestationKeyAsync(key.Blob, new byte[33]);

        (await create.Should().ThrowAsync<ArgumentException>()).WithMessage("*33*32*").WithParameterName("options");
        (await load.Should().ThrowAsync<ArgumentException>()).WithMessage("*33*32*").WithParameterName("authValue");
    }

    private static bool Saw(WatchedDevice device, params byte[][] secrets) =>
        device.Commands.Any(command => secrets.Any(secret => command.AsSpan().IndexOf(secret) >= 0));
}
