using System.Security.Cryptography;
using HardwareAttestation.Client;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>Evidence other than quotes: the time, NV indices, and keys of applications.</summary>
public sealed class EvidenceTests
{
    private const TpmaNV OwnerIndex = TpmaNV.OwnerWrite | TpmaNV.OwnerRead | TpmaNV.NoDA;
    private const TpmaObject ApplicationKey = TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.SensitiveDataOrigin
        | TpmaObject.UserWithAuth | TpmaObject.NoDA | TpmaObject.Sign;

    private static readonly byte[] Nonce = RandomNumberGenerator.GetBytes(32);
    private static readonly byte[] Contents = [.. "release 2031.04, signed off"u8];

    public static TheoryData<string> Algorithms => new(TpmKeyAlgorithm.All.Select(algorithm => algorithm.Name));

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task The_time_is_attested_and_goes_on(string algorithm)
    {
        await using Agent machine = await Agent.StartAsync();
        EndorsementKey endorsementKey = await machine.Client.GetEndorsementKeyAsync();
        TpmKeyAlgorithm kind = TpmKeyAlgorithm.Parse(algorithm);
        if (await KeySizes.AreRefusedAsync(machine.Device.Inner, () => machine.Client.CreateAttestationKeyAsync(endorsementKey, new TpmKeyOptions { Algorithm = kind }), algorithm))
        {
            return;
        }

        await using AttestationKey key = await machine.Client.CreateAttestationKeyAsync(endorsementKey, new TpmKeyOptions { Algorithm = kind });
        TpmsClockInfo? last = null;
        for (int i = 0; i < 3; i++)
        {
            TpmAttestation time = await key.GetTimeAsync(Nonce);
            TimeResult result = EvidenceVerifier.VerifyTime(
                new TimeExpectation
                {
                    AttestationKey = key.Public,
                    Nonce = Nonce,
                    QualifiedSigner = QualifiedName.OfChild(QualifiedName.OfPrimary(TpmHandle.Endorsement, endorsementKey.Public), key.Public),
                    LastClockInfo = last,
                },
                time.Attest.Span,
                time.Signature.Encode());

            result.Verdict.ShouldBeVerified();
            result.Time!.Time.ClockInfo.Should().Be(time.Attested.ClockInfo);
            result.Time.FirmwareVersion.Should().Be(time.Attested.FirmwareVersion);
            last = result.Time.Time.ClockInfo;
        }
    }

    [Fact]
    public async Task The_time_counts_reboots()
    {
        await using Agent machine = await Agent.StartAsync();
        (AttestationKey before, _) = await machine.CreateRequestAsync();
        TpmAttestation old = await before.GetTimeAsync(Nonce);
        await machine.RebootAsync();
        await using AttestationKey key = await machine.Client.LoadAttestationKeyAsync(before.Blob);
        TpmAttestation time = await key.GetTimeAsync(Nonce);

        Verify(time, old).Verdict.ShouldBeVerified();
        Verify(old, time).Verdict.ShouldBeRefusedBy("time.clock");

        TimeResult Verify(TpmAttestation attestation, TpmAttestation last) => EvidenceVerifier.VerifyTime(
            new TimeExpectation { AttestationKey = key.Public, Nonce = Nonce, LastClockInfo = last.Attested.ClockInfo },
            attestation.Attest.Span,
            attestation.Signature.Encode());
    }

    [Theory]
    [InlineData(OwnerIndex)]
    [InlineData(OwnerIndex | TpmaNV.AuthRead)]
    public async Task What_an_NV_index_holds_is_certified_whole_and_in_part(TpmaNV attributes)
    {
        await using Agent machine = await Agent.StartAsync();
        (AttestationKey key, _) = await machine.CreateRequestAsync();
        TpmsNVPublic index = await DefineAsync(machine, attributes, Contents);

        TpmAttestation whole = await key.CertifyNVAsync(index.NVIndex, Nonce);
        TpmAttestation part = await key.CertifyNVAsync(index.NVIndex, Nonce, offset: 8, count: 7);

        NVCertifyResult result = Verify(key, index, whole);
        result.Verdict.ShouldBeVerified();
        result.Contents.ToArray().Should().Equal(Contents);
        result = Verify(key, index, part, offset: 8, size: 7);
        result.Verdict.ShouldBeVerified();
        result.Contents.ToArray().Should().Equal("2031.04"u8.ToArray());
        Verify(key, index, part).Verdict.ShouldBeRefusedBy("nv.range");
    }

    [Fact]
    public async Task A03_AnNVIndexThatSomebodyDefinedAnew_IsRefused()
    {
        await using Agent machine = await Agent.StartAsync();
        (AttestationKey key, _) = await machine.CreateRequestAsync();
        TpmsNVPublic index = await DefineAsync(machine, OwnerIndex | TpmaNV.AuthWrite, Contents);
        TpmsNVPublic expected = new(index.NVIndex, index.NameAlg, OwnerIndex | TpmaNV.Written, [], index.DataSize);

        TpmAttestation certified = await key.CertifyNVAsync(index.NVIndex, Nonce);

        Verify(key, index, certified).Verdict.ShouldBeVerified();
        Verify(key, expected, certified).Verdict.ShouldBeRefusedBy("nv.name");
    }

    [Fact]
    public async Task An_NV_index_that_cannot_be_certified_is_explained()
    {
        await using Agent machine = await Agent.StartAsync();
        (AttestationKey key, _) = await machine.CreateRequestAsync();
        TpmsNVPublic index = await DefineAsync(machine, OwnerIndex, Contents);
        TpmsNVPublic unwritten = new(new TpmHandle(0x01500011), TpmAlgId.Sha256, OwnerIndex, [], 8);
        await RawTpm.DefineNVAsync(machine.Device.Inner, unwritten);
        TpmsNVPublic long2048 = new(new TpmHandle(0x01500012), TpmAlgId.Sha256, OwnerIndex, [], 2048);
        await RawTpm.DefineNVAsync(machine.Device.Inner, long2048);
        await RawTpm.WriteNVAsync(machine.Device.Inner, long2048.NVIndex, new byte[1024]);

        await IsExplainedAsync(() => key.CertifyNVAsync(new TpmHandle(0x015000FF), Nonce), "no such NV index");
        await IsExplainedAsync(() => key.CertifyNVAsync(unwritten.NVIndex, Nonce), "Nothing was written");
        await IsExplainedAsync(() => key.CertifyNVAsync(index.NVIndex, Nonce, offset: 100, count: 8), "shorter");
        await IsExplainedAsync(() => key.CertifyNVAsync(long2048.NVIndex, Nonce), "in parts");
        (await RawTpm.ListHandlesAsync(machine.Device.Inner)).Should().ContainSingle("only the key is loaded");

        static async Task IsExplainedAsync(Func<Task> certify, string advice) =>
            (await certify.Should().ThrowAsync<TpmCommandException>()).Which.Message.Should().Contain(advice);
    }

    [Fact]
    public async Task What_cannot_be_asked_for_is_misuse()
    {
        await using Agent machine = await Agent.StartAsync();
        (AttestationKey key, _) = await machine.CreateRequestAsync();
        machine.Device.Forget();

        await IsMisuseAsync(() => key.GetTimeAsync(new byte[65]), "*at most 64 bytes, and 65 were given*");
        await IsMisuseAsync(() => key.CertifyNVAsync(new TpmHandle(0x01500010), new byte[65]), "*at most 64 bytes, and 65 were given*");
        await IsMisuseAsync(() => key.CertifyNVAsync(new TpmHandle(0x81010001), Nonce), "*0x81010001 is not the handle of an NV index*");
        foreach ((int offset, int count, string parameter) in new[] { (0, 0, "count"), (0, -1, "count"), (0, 65536, "count"), (-1, 1, "offset"), (65536, 1, "offset") })
        {
            Func<Task> certify = () => key.CertifyNVAsync(new TpmHandle(0x01500010), Nonce, offset, count);
            (await certify.Should().ThrowAsync<ArgumentOutOfRangeException>()).WithParameterName(parameter);
        }

        machine.Device.Commands.Should().BeEmpty();

        static async Task IsMisuseAsync(Func<Task> call, string message) =>
            await call.Should().ThrowAsync<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public async Task A_key_of_an_application_is_certified()
    {
        await using Agent machine = await Agent.StartAsync();
        (AttestationKey key, _) = await machine.CreateRequestAsync();

        (TpmtPublic publicArea, TpmAttestation certified) = await CertifyAsync(machine, key, ApplicationKey);

        CertifyResult result = Verify(key, publicArea, certified);
        result.Verdict.ShouldBeVerified();
        result.Key.Should().Be(publicArea);
        result.Attested!.ClockInfo.Should().Be(certified.Attested.ClockInfo);
        Verify(key, publicArea, certified, parent: TpmHandle.Endorsement).Verdict.ShouldBeRefusedBy("certified.qualified-name");
    }

    [Theory]
    [InlineData(TpmaObject.FixedTpm | TpmaObject.FixedParent, TpmaObject.None, "certified.fixed-tpm", "certified.fixed-parent")]
    [InlineData(TpmaObject.None, TpmaObject.Decrypt, "certified.usage")]
    public async Task A02_AKeyThatTheApplicationCannotRelyOn_IsRefused(TpmaObject cleared, TpmaObject set, params string[] checks)
    {
        await using Agent machine = await Agent.StartAsync();
        (AttestationKey key, _) = await machine.CreateRequestAsync();

        (TpmtPublic publicArea, TpmAttestation certified) = await CertifyAsync(machine, key, (ApplicationKey & ~cleared) | set);

        Verify(key, publicArea, certified).Verdict.ShouldBeRefusedBy(checks);
    }

    [Fact]
    public async Task A02_AnAttestationKeyInPlaceOfAnApplicationsKey_IsRefused()
    {
        await using Agent machine = await Agent.StartAsync();
        (AttestationKey key, _) = await machine.CreateRequestAsync();
        TpmHandle handle = new((await RawTpm.ListHandlesAsync(machine.Device.Inner)).Single());

        (byte[] attest, byte[] signature) = await RawTpm.CertifyAsync(machine.Device.Inner, handle, handle, Nonce);

        EvidenceVerifier.VerifyCertify(
            new CertifyExpectation { AttestationKey = key.Public, Nonce = Nonce, Usage = ApplicationKeyUsage.Sign },
            key.Public.EncodeSized(),
            attest,
            signature).Verdict.ShouldBeRefusedBy("certified.restricted");
    }

    [Theory]
    [InlineData("L-1")]
    [InlineData("L-2")]
    [InlineData("H-2")]
    public async Task Everything_is_attested_where_hierarchies_and_keys_have_authorisation_values(string template)
    {
        byte[] value = "some value"u8.ToArray();
        await using Agent machine = await Agent.StartAsync();
        TpmsNVPublic index = await DefineAsync(machine, OwnerIndex, Contents);
        await RawTpm.ChangeHierarchyAuthAsync(machine.Device.Inner, TpmHandle.Owner, value);
        await RawTpm.ChangeHierarchyAuthAsync(machine.Device.Inner, TpmHandle.Endorsement, value);
        await machine.StopAsync();
        machine.AuthValues = new TpmAuthValues { Owner = value, Endorsement = value };
        machine.Start();
        EndorsementKey endorsementKey = await machine.Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.Parse(template));
        AttestationKey key = await machine.Client.CreateAttestationKeyAsync(endorsementKey, new TpmKeyOptions { AuthValue = value });
        byte[] data = new byte[3000];

        TpmAttestation time = await key.GetTimeAsync(Nonce);
        TpmAttestation nv = await key.CertifyNVAsync(index.NVIndex, Nonce);
        TpmtSignature signature = await key.SignAsync(data);

        TimeExpectation expectation = new() { AttestationKey = key.Public, Nonce = Nonce };
        EvidenceVerifier.VerifyTime(expectation, time.Attest.Span, time.Signature.Encode()).Verdict.ShouldBeVerified();
        Verify(key, index, nv).Verdict.ShouldBeVerified();
        EvidenceVerifier.VerifySignature(key.Public, data, signature.Encode()).ShouldBeVerified();
        await key.DisposeAsync();
        (await RawTpm.ListHandlesAsync(machine.Device.Inner)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_missing_authorisation_value_is_explained()
    {
        await using Agent machine = await Agent.StartAsync();
        (AttestationKey key, _) = await machine.CreateRequestAsync();
        TpmsNVPublic index = await DefineAsync(machine, OwnerIndex, Contents);
        await RawTpm.ChangeHierarchyAuthAsync(machine.Device.Inner, TpmHandle.Owner, [1]);
        await RawTpm.ChangeHierarchyAuthAsync(machine.Device.Inner, TpmHandle.Endorsement, [1]);
        Func<Task> getTime = () => key.GetTimeAsync(Nonce);
        Func<Task> certify = () => key.CertifyNVAsync(index.NVIndex, Nonce);

        await getTime.Should().ThrowAsync<TpmCommandException>().WithMessage("*TpmAuthValues.Endorsement*");
        await certify.Should().ThrowAsync<TpmCommandException>().WithMessage("*TpmAuthValues.Owner*");
    }

    [Fact]
    public async Task A12_OneKindOfEvidenceInPlaceOfAnother_IsRefused()
    {
        await using Agent machine = await Agent.StartAsync();
        (AttestationKey key, _) = await machine.CreateRequestAsync();
        TpmsNVPublic index = await DefineAsync(machine, OwnerIndex, Contents);
        (TpmtPublic publicArea, TpmAttestation certified) = await CertifyAsync(machine, key, ApplicationKey);
        TpmAttestation time = await key.GetTimeAsync(Nonce);
        TpmAttestation nv = await key.CertifyNVAsync(index.NVIndex, Nonce);
        TimeExpectation expectation = new() { AttestationKey = key.Public, Nonce = Nonce };

        Verify(key, publicArea, time).Verdict.ShouldBeRefusedBy("attestation.type");
        Verify(key, publicArea, nv).Verdict.ShouldBeRefusedBy("attestation.type");
        Verify(key, index, certified).Verdict.ShouldBeRefusedBy("attestation.type");
        Verify(key, index, time).Verdict.ShouldBeRefusedBy("attestation.type");
        EvidenceVerifier.VerifyTime(expectation, nv.Attest.Span, nv.Signature.Encode()).Verdict.ShouldBeRefusedBy("attestation.type");
        EvidenceVerifier.VerifyTime(expectation, certified.Attest.Span, certified.Signature.Encode()).Verdict.ShouldBeRefusedBy("attestation.type");
    }

    private static NVCertifyResult Verify(AttestationKey key, TpmsNVPublic index, TpmAttestation certified, ushort offset = 0, ushort? size = null) =>
        EvidenceVerifier.VerifyNVCertify(
            new NVCertifyExpectation { AttestationKey = key.Public, Nonce = Nonce, NVPublic = index, Offset = offset, Size = size },
            certified.Attest.Span,
            certified.Signature.Encode());

    private static CertifyResult Verify(AttestationKey key, TpmtPublic publicArea, TpmAttestation certified, TpmHandle? parent = null) =>
        EvidenceVerifier.VerifyCertify(
            new CertifyExpectation
            {
                AttestationKey = key.Public,
                Nonce = Nonce,
                Usage = ApplicationKeyUsage.Sign,
                ParentQualifiedName = TpmEntity.OfHierarchy(parent ?? TpmHandle.Owner).Name,
            },
            publicArea.EncodeSized(),
            certified.Attest.Span,
            certified.Signature.Encode());

    // The public area as it is once the index was written.
    private static async Task<TpmsNVPublic> DefineAsync(Agent machine, TpmaNV attributes, byte[] contents)
    {
        TpmHandle handle = new(0x01500010);
        await RawTpm.DefineNVAsync(machine.Device.Inner, new TpmsNVPublic(handle, TpmAlgId.Sha256, attributes, [], (ushort)contents.Length));
        await RawTpm.WriteNVAsync(machine.Device.Inner, handle, contents);
        return new TpmsNVPublic(handle, TpmAlgId.Sha256, attributes | TpmaNV.Written, [], (ushort)contents.Length);
    }

    /// <summary>Makes a primary key in the owner's hierarchy, has it certified by the one key that is loaded, and flushes it.</summary>
    private static async Task<(TpmtPublic PublicArea, TpmAttestation Certified)> CertifyAsync(Agent machine, AttestationKey key, TpmaObject attributes)
    {
        TpmEntity signer = new(new TpmHandle((await RawTpm.ListHandlesAsync(machine.Device.Inner)).Single()), key.Name);
        TpmtPublic template = new(
            TpmAlgId.Sha256,
            attributes,
            [],
            new TpmsEccParms(TpmtSymDef.Null, TpmtScheme.Null, TpmEccCurve.NistP256, TpmtScheme.Null),
            new TpmsEccPoint([], []));
        return await machine.Client.RunAsync(
            ClientOperation.Certify,
            async (channel, cancel) =>
            {
                CreatePrimaryResponse created = await channel.ExecuteAsync<CreatePrimaryCommand, CreatePrimaryResponse>(
                    new(TpmHandle.Owner, template), PasswordAuthorization.Empty, cancel);
                await using UsableKey application = new(channel, KeyRole.StorageRoot, created.ObjectHandle, created.OutPublic);
                return (application.Public, TpmAttestation.Of(await channel.ExecuteAsync<CertifyCommand, AttestResponse>(
                    new(application.Entity, signer, Nonce), new Authorizations(PasswordAuthorization.Empty, PasswordAuthorization.Empty), cancel)));
            },
            default);
    }
}
