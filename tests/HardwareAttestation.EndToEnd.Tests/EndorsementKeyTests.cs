using System.Buffers.Binary;
using System.Security.Cryptography;
using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>Where endorsement keys are found, and what is said of those that something is wrong with.</summary>
public sealed class EndorsementKeyTests : IDisposable
{
    private readonly EndorsementAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task The_keys_of_a_machine_as_it_left_the_factory_are_found_without_making_any()
    {
        await using Agent agent = await Agent.StartAsync();
        agent.Device.Forget();

        IReadOnlyList<DiscoveredEndorsementKey> keys = await agent.Client.GetEndorsementKeysAsync();

        keys.Select(key => key.Template.Id).Should().Equal("L-1", "H-3");
        keys.Should().OnlyContain(key => key.IsUsable && key.Fault == null);
        keys.Select(key => key.Key!.PersistentHandle).Should().Equal(new TpmHandle(0x81010001), new TpmHandle(0x81010016));
        if (agent.Machine is EmulatedMachine manufactured)
        {
            keys[0].Certificate.ToArray().Should().Equal(await File.ReadAllBytesAsync(manufactured.RsaEndorsementCertificatePath));
            keys[1].Key!.Certificate.ToArray().Should().Equal(await File.ReadAllBytesAsync(manufactured.EccEndorsementCertificatePath));
        }

        keys.Should().OnlyContain(key => key.Key!.PublishedCertificateAddress == null && key.Key.CertificateChain.Count == 0);
        Codes(agent).Should().NotContain(TpmCommandCode.CreatePrimary);
        agent.Device.Commands.Count.Should().BeLessThan(20);
    }

    [Fact]
    public async Task A_key_that_only_a_certificate_points_to_is_made_compared_and_flushed()
    {
        await using Agent agent = await Agent.StartAsync();
        TpmtPublic key = await MakeAsync(agent, EndorsementKeyTemplate.L2.PublicArea);
        await RawTpm.StoreAsync(agent.Device.Inner, EndorsementKeyTemplate.L2.CertificateIndex, [0x10, 0x01, 0x00, 0x04, 0x00, 0x10, 0x02, .. _authority.Issue(key), 0xFF, 0xFF, 0]);

        IReadOnlyList<DiscoveredEndorsementKey> keys = await agent.Client.GetEndorsementKeysAsync();

        keys.Select(found => found.Template.Id).Should().Equal("L-1", "L-2", "H-3");
        keys[1].Key!.Public.Should().Be(key);
        keys[1].Key!.PersistentHandle.Should().BeNull();
        (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_key_that_only_its_persistent_handle_points_to_is_found_without_a_certificate()
    {
        await using Agent agent = await Agent.StartAsync();
        TpmtPublic key = await RawTpm.PersistAsync(
            agent.Device.Inner, TpmHandle.Endorsement, EndorsementKeyTemplate.H2.PublicArea, EndorsementKeyTemplate.H2.PersistentHandles[0]);

        DiscoveredEndorsementKey found = (await agent.Client.GetEndorsementKeysAsync()).Single(found => found.Template == EndorsementKeyTemplate.H2);

        found.Key!.Public.Should().Be(key);
        found.Certificate.IsEmpty.Should().BeTrue();
        found.Key.PersistentHandle.Should().Be(EndorsementKeyTemplate.H2.PersistentHandles[0]);
    }

    [Fact]
    public async Task What_is_wrong_with_one_key_is_said_and_hides_no_other()
    {
        await using Agent agent = await Agent.StartAsync();
        using ECDsa stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] ofStranger = _authority.Issue(PublicOf(EndorsementKeyTemplate.H2, stranger.ExportParameters(false).Q));
        byte[] modulus = RandomNumberGenerator.GetBytes(512);
        modulus[0] |= 0x80;
        modulus[^1] |= 1;
        byte[] ofRsa4096 = _authority.Issue(Of(EndorsementKeyTemplate.H7, new Tpm2bPublicKeyRsa(modulus)));
        await RawTpm.StoreAsync(agent.Device.Inner, EndorsementKeyTemplate.L2.CertificateIndex, RandomNumberGenerator.GetBytes(700));
        await RawTpm.StoreAsync(agent.Device.Inner, EndorsementKeyTemplate.H1.CertificateIndex, [0x30, 0x03, 0x02, 0x01, 0x01]);
        await RawTpm.StoreAsync(agent.Device.Inner, EndorsementKeyTemplate.H2.CertificateIndex, ofStranger);
        await RawTpm.StoreAsync(agent.Device.Inner, EndorsementKeyTemplate.H7.CertificateIndex, ofRsa4096);

        IReadOnlyList<DiscoveredEndorsementKey> keys = await agent.Client.GetEndorsementKeysAsync();

        keys.Select(key => $"{key.Template}{(key.IsUsable ? "" : " faulty")}").Should().Equal("L-1", "L-2 faulty", "H-1 faulty", "H-2 faulty", "H-3", "H-7 faulty");
        keys.Where(key => !key.IsUsable).Should().OnlyContain(key => key.Key == null);
        keys[1].Fault.Should().Contain("0x01c0000a").And.Contain("does not begin with one");
        keys[1].Certificate.IsEmpty.Should().BeTrue();
        keys[2].Fault.Should().Contain("malformed");
        keys[3].Fault.Should().Contain("0x01c00014 is not of the H-2 endorsement key");
        keys[3].Certificate.ToArray().Should().Equal(ofStranger);
        keys[5].Fault.Should().NotBeNullOrEmpty();
        keys[5].Certificate.ToArray().Should().Equal(ofRsa4096);
        foreach (DiscoveredEndorsementKey key in keys.Where(key => key.Template.Id is "L-2" or "H-1" or "H-2"))
        {
            (await agent.Client.Invoking(client => client.GetEndorsementKeyAsync(key.Template)).Should().ThrowAsync<EndorsementKeyException>()).WithMessage(key.Fault!);
        }

        (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_machine_without_certificates_and_persistent_keys_has_none_until_one_is_asked_for()
    {
        await using Agent agent = await Agent.StartAsync();
        EmptyMaker device = new(agent.Device.Inner);
        await using AttestationClient client = new(device);

        (await client.GetEndorsementKeysAsync()).Should().BeEmpty();
        EndorsementKey key = await client.GetEndorsementKeyAsync();

        key.Template.Should().Be(EndorsementKeyTemplate.L1);
        key.Certificate.IsEmpty.Should().BeTrue();
        key.PublishedCertificateAddress.Should().Be(EndorsementCertificateAddress.Compute(key.Public, EndorsementCertificateAddress.Intel)).And.NotBeNull();
    }

    [Fact]
    public async Task An_index_that_was_never_written_holds_no_certificate()
    {
        await using Agent agent = await Agent.StartAsync();
        await RawTpm.UndefineAsync(agent.Device.Inner, EndorsementKeyTemplate.L1.CertificateIndex);
        await RawTpm.DefineAsync(agent.Device.Inner, EndorsementKeyTemplate.L1.CertificateIndex, 1000);
        await RawTpm.DefineAsync(agent.Device.Inner, EndorsementKeyTemplate.L2.CertificateIndex, 1000);

        (await agent.Client.GetEndorsementKeyAsync()).Template.Should().Be(EndorsementKeyTemplate.H3);
        IReadOnlyList<DiscoveredEndorsementKey> keys = await agent.Client.GetEndorsementKeysAsync();

        keys.Select(key => key.Template.Id).Should().Equal("L-1", "H-3");
        keys[0].Key!.Certificate.IsEmpty.Should().BeTrue("its persistent key is found all the same");
    }

    [Fact]
    public async Task A_certificate_from_elsewhere_is_taken_for_its_own_key_only()
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey key = await agent.Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.L2);
        EndorsementKey other = await agent.Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.H2);
        byte[] certificate = _authority.Issue(key.Public);
        key.Certificate.IsEmpty.Should().BeTrue();

        key.WithCertificate(certificate, [_authority.Issuer.RawData]).Certificate.ToArray().Should().Equal(certificate);
        key.WithCertificate(certificate, [_authority.Issuer.RawData]).CertificateChain.Should().ContainSingle();
        other.Invoking(that => that.WithCertificate(certificate)).Should().Throw<EndorsementKeyException>().WithMessage("*not of this H-2*");
        key.Invoking(that => that.WithCertificate([0x30, 0x00])).Should().Throw<EndorsementKeyException>().WithMessage("*malformed*");
    }

    [Fact]
    public async Task Somebody_elses_key_at_the_usual_handle_stays_there()
    {
        await using Agent agent = await Agent.StartAsync();
        TpmHandle handle = EndorsementKeyTemplate.L1.PersistentHandles[0];
        TpmtPublic endorsementKey = await RawTpm.ReadPublicAsync(agent.Device.Inner, handle);
        await RawTpm.EvictControlAsync(agent.Device.Inner, handle, handle);
        TpmtPublic foreign = await RawTpm.PersistAsync(agent.Device.Inner, TpmHandle.Owner, EndorsementKeyTemplate.L1.PublicArea, handle);
        foreign.Should().NotBe(endorsementKey);
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        agent.Device.Forget();

        TpmKeyBlob blob = await agent.EnrollAsync(verifier);
        (await TestFleet.AttestAsync(verifier, agent.Client, blob)).Verdict.ShouldBeVerified();
        IReadOnlyList<DiscoveredEndorsementKey> keys = await agent.Client.GetEndorsementKeysAsync();

        keys[0].Key!.Public.Should().Be(endorsementKey);
        keys[0].Key!.PersistentHandle.Should().BeNull();
        (await RawTpm.ReadPublicAsync(agent.Device.Inner, handle)).Should().Be(foreign);
        Codes(agent).Should().NotContain(TpmCommandCode.EvictControl);
        (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().BeEmpty();
    }

    // It is made from the same template, and only its qualified Name tells that it is not of the endorsement hierarchy.
    [Fact]
    public async Task A_key_of_another_hierarchy_at_the_usual_handle_is_not_taken_for_an_endorsement_key()
    {
        await using Agent agent = await Agent.StartAsync();
        TpmHandle handle = EndorsementKeyTemplate.H2.PersistentHandles[0];
        TpmtPublic foreign = await RawTpm.PersistAsync(agent.Device.Inner, TpmHandle.Owner, EndorsementKeyTemplate.H2.PublicArea, handle);

        (await agent.Client.GetEndorsementKeysAsync()).Should().NotContain(key => key.Template == EndorsementKeyTemplate.H2);
        EndorsementKey key = await agent.Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.H2);

        key.Public.Should().NotBe(foreign);
        key.PersistentHandle.Should().BeNull();
    }

    [Fact]
    public async Task A_chain_of_issuers_that_only_the_TPM_holds_leads_to_a_root_that_is_all_the_verifier_trusts()
    {
        await using Agent agent = await Agent.StartAsync();
        byte[] issuer = (await TestFleet.CreateOptionsAsync()).Intermediates[0].RawData;
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync(options => options.Intermediates.Clear());
        (AttestationKey withoutChain, EnrollmentRequest request) = await agent.CreateRequestAsync();
        await withoutChain.DisposeAsync();
        (await verifier.BeginEnrollmentAsync(request)).Verdict.ShouldBeRefusedBy("ek.certificate.chain");

        // It begins in one index and goes on in another, as it must where it is longer than an index can be.
        await RawTpm.StoreAsync(agent.Device.Inner, new TpmHandle(0x01C00100), [.. _authority.Issuer.RawData, .. issuer[..100]]);
        await RawTpm.StoreAsync(agent.Device.Inner, new TpmHandle(0x01C00101), [.. issuer[100..], 0, 0, 0]);
        TpmKeyBlob blob = await agent.EnrollAsync(verifier);

        (await TestFleet.AttestAsync(verifier, agent.Client, blob)).Verdict.ShouldBeVerified();
        (await agent.Client.GetEndorsementKeyAsync()).CertificateChain.Select(certificate => certificate.ToArray())
            .Should().BeEquivalentTo([_authority.Issuer.RawData, issuer], options => options.WithStrictOrdering());
    }

    private static IEnumerable<TpmCommandCode> Codes(Agent agent) => agent.Device.Commands.Select(RawTpm.GetCode);

    private static TpmtPublic PublicOf(EndorsementKeyTemplate template, ECPoint point) => Of(template, new TpmsEccPoint(point.X, point.Y));

    private static TpmtPublic Of(EndorsementKeyTemplate template, TpmuPublicId unique)
    {
        TpmtPublic area = template.PublicArea;
        return new TpmtPublic(area.NameAlg, area.ObjectAttributes, area.AuthPolicy.Span, area.Parameters, unique);
    }

    private static async Task<TpmtPublic> MakeAsync(Agent agent, TpmtPublic template)
    {
        (TpmHandle handle, TpmtPublic key) = await RawTpm.MakePrimaryAsync(agent.Device.Inner, TpmHandle.Endorsement, template);
        await RawTpm.FlushAsync(agent.Device.Inner, handle.Value);
        return key;
    }

    /// <summary>A TPM in front of another, of a maker that emulators are not of, which hides what it holds in NV memory and at persistent handles.</summary>
    private sealed class EmptyMaker(ITpmDevice inner) : DelegatingTpmDevice(inner, leaveOpen: true)
    {
        private const uint Handles = 1;
        private const uint Properties = 6;
        private const uint ManufacturerProperty = 0x105;

        public override async ValueTask<int> ExecuteAsync(ReadOnlyMemory<byte> command, Memory<byte> response, CancellationToken cancellationToken = default)
        {
            TpmCommandCode code = RawTpm.GetCode(command.ToArray());
            uint first = command.Length >= 14 ? BinaryPrimitives.ReadUInt32BigEndian(command.Span[10..]) : 0;
            if (code == TpmCommandCode.ReadPublic && new TpmHandle(first).IsPersistent)
            {
                return Answer(response, [0x80, 0x01, 0, 0, 0, 10, 0, 0, 0x01, 0x8B]);
            }

            if (code == TpmCommandCode.GetCapability && first == Handles)
            {
                return Answer(response, [0x80, 0x01, 0, 0, 0, 19, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
            }

            int size = await base.ExecuteAsync(command, response, cancellationToken);
            if (code == TpmCommandCode.GetCapability
                && first == Properties
                && BinaryPrimitives.ReadUInt32BigEndian(command.Span[14..]) == ManufacturerProperty)
            {
                BinaryPrimitives.WriteUInt32BigEndian(response.Span[(size - sizeof(uint))..], EndorsementCertificateAddress.Intel.Value);
            }

            return size;
        }

        private static int Answer(Memory<byte> response, byte[] answer)
        {
            answer.CopyTo(response);
            return answer.Length;
        }
    }
}
