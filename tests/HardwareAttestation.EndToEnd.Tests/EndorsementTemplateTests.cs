using HardwareAttestation.Client;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>Endorsement keys that their maker did not make from a standard template: the nonce, or the template, is in NV memory.</summary>
public sealed class EndorsementTemplateTests : IDisposable
{
    private static readonly TpmHandle NonceOfL1 = new(0x01C00003);
    private static readonly TpmHandle NonceOfL2 = new(0x01C0000B);
    private static readonly TpmHandle TemplateOfL2 = new(0x01C0000C);
    private static readonly TpmHandle TemplateOfH1 = new(0x01C00013);
    private static readonly TpmHandle TemplateOfH2 = new(0x01C00015);
    private static readonly byte[] Nonce = [.. Enumerable.Range(1, 20).Select(i => (byte)i)];

    private readonly EndorsementAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task A_nonce_stands_in_front_of_the_unique_part_of_the_standard_template()
    {
        await using Agent agent = await Agent.StartAsync();
        TpmtPublic madeFrom = With(EndorsementKeyTemplate.L2, unique: new TpmsEccPoint([.. Nonce, .. new byte[12]], new byte[32]));
        await RawTpm.StoreAsync(agent.Device.Inner, NonceOfL2, Nonce);

        await IsEnrolledAndChallengedAsync(agent, EndorsementKeyTemplate.L2, madeFrom);
    }

    [Fact]
    public async Task A_nonce_of_an_RSA_key_stands_in_front_of_zeros_as_long_as_the_modulus()
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKeyTemplate template = EndorsementKeyTemplate.L1;
        await RawTpm.EvictControlAsync(agent.Device.Inner, template.PersistentHandles[0], template.PersistentHandles[0]);
        await RawTpm.UndefineAsync(agent.Device.Inner, template.CertificateIndex);
        await RawTpm.StoreAsync(agent.Device.Inner, NonceOfL1, Nonce);

        await IsEnrolledAndChallengedAsync(agent, template, With(template, unique: new Tpm2bPublicKeyRsa([.. Nonce, .. new byte[236]])));
    }

    /// <summary>Somebody who may define NV indices could otherwise give one a value, and have the TPM locked by all who try the empty one.</summary>
    [Fact]
    public async Task An_index_of_which_each_try_counts_towards_lockout_is_never_tried()
    {
        await using Agent agent = await Agent.StartAsync();
        TpmHandle certificateOfL2 = EndorsementKeyTemplate.L2.CertificateIndex;
        foreach (TpmHandle index in (TpmHandle[])[NonceOfL1, certificateOfL2])
        {
            await RawTpm.DefineNVAsync(agent.Device.Inner, new TpmsNVPublic(index, TpmAlgId.Sha256, TpmaNV.OwnerWrite | TpmaNV.AuthRead, [], 4));
            await RawTpm.WriteNVAsync(agent.Device.Inner, index, new byte[4]);
        }

        (await agent.Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.L1)).PersistentHandle.Should().NotBeNull("the nonce is not needed");
        Func<Task> find = () => agent.Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.L2);
        (await find.Should().ThrowAsync<EndorsementKeyException>()).WithMessage("*0x01c0000a*lockout*");
        (await agent.Client.GetEndorsementKeysAsync()).Should().ContainSingle(key => !key.IsUsable).Which.Template.Should().BeSameAs(EndorsementKeyTemplate.L2);
        agent.Device.Commands.Should().NotContain(command => Reads(command, NonceOfL1) || Reads(command, certificateOfL2));
    }

    [Fact]
    public async Task The_certificate_decides_whatever_the_nonce()
    {
        await using Agent agent = await Agent.StartAsync();
        TpmHandle handle = EndorsementKeyTemplate.L1.PersistentHandles[0];
        TpmtPublic certified = await RawTpm.ReadPublicAsync(agent.Device.Inner, handle);
        await RawTpm.EvictControlAsync(agent.Device.Inner, handle, handle);
        await RawTpm.StoreAsync(agent.Device.Inner, NonceOfL1, Nonce);

        (await agent.Client.GetEndorsementKeyAsync()).Public.Should().Be(certified);
    }

    [Theory]
    [InlineData("L-1", 257)]
    [InlineData("L-2", 33)]
    public async Task A_nonce_that_is_too_long_is_passed_over(string id, int size)
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKeyTemplate template = EndorsementKeyTemplate.Parse(id);
        TpmtPublic standard = await MakeAsync(agent, template.PublicArea);
        await RawTpm.StoreAsync(agent.Device.Inner, new TpmHandle(template.CertificateIndex.Value + 1), new byte[size]);

        (await agent.Client.GetEndorsementKeyAsync(template)).Public.Should().Be(standard);
    }

    [Fact]
    public async Task A_template_is_used_as_it_is()
    {
        await using Agent agent = await Agent.StartAsync();
        TpmtPublic madeFrom = With(EndorsementKeyTemplate.H2, unique: new TpmsEccPoint(new byte[32], new byte[32]));
        await RawTpm.StoreAsync(agent.Device.Inner, TemplateOfH2, [.. madeFrom.Encoded.Span, 0xFF, 0xFF]);

        await IsEnrolledAndChallengedAsync(agent, EndorsementKeyTemplate.H2, madeFrom);
    }

    [Fact]
    public async Task A_nonce_stands_in_the_template_that_comes_with_it()
    {
        await using Agent agent = await Agent.StartAsync();
        TpmaObject attributes = EndorsementKeyTemplate.L2.PublicArea.ObjectAttributes | TpmaObject.NoDA;
        await RawTpm.StoreAsync(agent.Device.Inner, TemplateOfL2, With(EndorsementKeyTemplate.L2, attributes).Encoded.ToArray());
        await RawTpm.StoreAsync(agent.Device.Inner, NonceOfL2, Nonce);

        await IsEnrolledAndChallengedAsync(
            agent, EndorsementKeyTemplate.L2, With(EndorsementKeyTemplate.L2, attributes, new TpmsEccPoint([.. Nonce, .. new byte[12]], new byte[32])));
    }

    // A high-range key without userWithAuth: PolicySecret satisfies one branch of its policy, and PolicyOR both.
    [Theory]
    [InlineData("H-2")]
    [InlineData("H-4")]
    public async Task A_key_that_is_used_by_both_branches_of_its_policy_is_authorised(string id)
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKeyTemplate template = EndorsementKeyTemplate.Parse(id);
        if (await KeySizes.AreRefusedAsync(agent.Device.Inner, () => agent.Client.GetEndorsementKeyAsync(template), id))
        {
            return;
        }

        TpmtPublic madeFrom = With(template, template.PublicArea.ObjectAttributes & ~TpmaObject.UserWithAuth);
        await RawTpm.StoreAsync(agent.Device.Inner, new TpmHandle(template.CertificateIndex.Value + 1), madeFrom.Encoded.ToArray());

        await IsEnrolledAndChallengedAsync(agent, template, madeFrom);
    }

    [Fact]
    public async Task A_persistent_key_of_a_template_of_its_own_is_found_by_its_certificate_also_when_the_template_is_gone()
    {
        await using Agent agent = await Agent.StartAsync();
        TpmtPublic madeFrom = With(EndorsementKeyTemplate.H2, unique: new TpmsEccPoint([1, 2, 3], []));
        TpmtPublic key = await RawTpm.PersistAsync(
            agent.Device.Inner, TpmHandle.Endorsement, madeFrom, EndorsementKeyTemplate.H2.PersistentHandles[0]);
        await RawTpm.StoreAsync(agent.Device.Inner, EndorsementKeyTemplate.H2.CertificateIndex, _authority.Issue(key));

        (await agent.Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.H2)).Public.Should().Be(key);
        await IsEnrolledAndChallengedAsync(agent, EndorsementKeyTemplate.H2);
    }

    public static TheoryData<string> UnfitTemplates => ["another size", "may leave the TPM", "signs", "unknown policy", "garbage", "empty", "refused by the TPM"];

    // Whoever holds the owner's authorisation may write such an index. The standard key is found all the same.
    [Theory]
    [MemberData(nameof(UnfitTemplates))]
    public async Task A_template_that_no_endorsement_key_can_have_is_passed_over(string kind)
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKeyTemplate template = EndorsementKeyTemplate.H1;
        TpmtPublic area = template.PublicArea;
        TpmtPublic standard = await MakeAsync(agent, area);
        byte[] stored = kind switch
        {
            "another size" => EndorsementKeyTemplate.H6.PublicArea.Encoded.ToArray(),
            "may leave the TPM" => With(template, area.ObjectAttributes & ~(TpmaObject.FixedTpm | TpmaObject.FixedParent)).Encoded.ToArray(),
            "signs" => With(template, area.ObjectAttributes | TpmaObject.Sign).Encoded.ToArray(),
            "unknown policy" => new TpmtPublic(
                area.NameAlg, area.ObjectAttributes & ~TpmaObject.UserWithAuth, new byte[32], area.Parameters, area.Unique).Encoded.ToArray(),
            "garbage" => [.. Enumerable.Range(0, 200).Select(i => (byte)i)],
            "empty" => [0],

            // Reserved attributes.
            _ => With(template, area.ObjectAttributes | (TpmaObject)1).Encoded.ToArray(),
        };
        await RawTpm.StoreAsync(agent.Device.Inner, TemplateOfH1, stored);
        await RawTpm.StoreAsync(agent.Device.Inner, template.CertificateIndex, _authority.Issue(standard));

        EndorsementKey key = await agent.Client.GetEndorsementKeyAsync(template);

        key.Public.Should().Be(standard);
        await using AttestationKey attestationKey = await agent.Client.CreateAttestationKeyAsync(key);
        await attestationKey.DisposeAsync();
        (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_certificate_of_neither_the_stored_nor_the_standard_template_is_a_mismatch()
    {
        await using Agent agent = await Agent.StartAsync();
        TpmtPublic other = await MakeAsync(agent, With(EndorsementKeyTemplate.L2, unique: new TpmsEccPoint([9], [])));
        await RawTpm.StoreAsync(agent.Device.Inner, NonceOfL2, Nonce);
        await RawTpm.StoreAsync(agent.Device.Inner, EndorsementKeyTemplate.L2.CertificateIndex, _authority.Issue(other));

        (await agent.Client.Invoking(client => client.GetEndorsementKeyAsync(EndorsementKeyTemplate.L2)).Should().ThrowAsync<EndorsementKeyException>())
            .WithMessage("The certificate in NV index 0x01c0000a is not of the L-2 endorsement key that the TPM makes.*");
        (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().BeEmpty();
    }

    private static TpmtPublic With(EndorsementKeyTemplate template, TpmaObject? attributes = null, TpmuPublicId? unique = null)
    {
        TpmtPublic area = template.PublicArea;
        return new TpmtPublic(area.NameAlg, attributes ?? area.ObjectAttributes, area.AuthPolicy.Span, area.Parameters, unique ?? area.Unique);
    }

    private static async Task<TpmtPublic> MakeAsync(Agent agent, TpmtPublic template)
    {
        (TpmHandle handle, TpmtPublic key) = await RawTpm.MakePrimaryAsync(agent.Device.Inner, TpmHandle.Endorsement, template);
        await RawTpm.FlushAsync(agent.Device.Inner, handle.Value);
        return key;
    }

    private async Task IsEnrolledAndChallengedAsync(Agent agent, EndorsementKeyTemplate template, TpmtPublic madeFrom)
    {
        TpmtPublic key = await MakeAsync(agent, madeFrom);
        key.Should().NotBe(await MakeAsync(agent, template.PublicArea));
        await RawTpm.StoreAsync(agent.Device.Inner, template.CertificateIndex, _authority.Issue(key));

        (await agent.Client.GetEndorsementKeyAsync(template)).Public.Should().Be(key);
        await IsEnrolledAndChallengedAsync(agent, template);
    }

    private async Task IsEnrolledAndChallengedAsync(Agent agent, EndorsementKeyTemplate template)
    {
        AttestationVerifier verifier = _authority.CreateVerifier();
        TpmKeyBlob blob = await TestFleet.EnrollAsync(verifier, agent.Client, template: template);
        (await TestFleet.AttestAsync(verifier, agent.Client, blob)).Verdict.ShouldBeVerified();

        await agent.RebootAsync();
        (await TestFleet.AttestAsync(verifier, agent.Client, blob)).Verdict.ShouldBeVerified();
        (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().BeEmpty();
    }

    private static bool Reads(byte[] command, TpmHandle index)
    {
        TpmReader reader = new(command);
        reader.ReadBytes("tag and size", 6);
        return reader.ReadUInt32("commandCode") == (uint)TpmCommandCode.NV_Read
            && reader.ReadUInt32("authHandle") == index.Value;
    }
}
