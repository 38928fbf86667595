using System.Security.Cryptography;
using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Interoperability.Tests;

/// <summary>Evidence other than quotes, made by one side and verified by the other.</summary>
public sealed class EvidenceTests
{
    private static readonly TpmHandle Index = new(0x01500010);

    [Theory]
    [MemberData(nameof(ToolKeys.AttestationKeys), MemberType = typeof(ToolKeys))]
    public async Task The_attestations_of_the_tools_are_verified_by_us(string algorithm, string hash, string scheme)
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync(ofItsOwn: true);
        using Tpm2Tools tools = new(machine);
        TpmName signer = await tools.CreateAttestationKeyAsync(await tools.CreateEndorsementKeyAsync("rsa"), algorithm, hash, scheme);
        byte[] nonce = RandomNumberGenerator.GetBytes(32);
        string qualification = Convert.ToHexStringLower(nonce);
        TpmtPublic key = tools.ReadPublic("ak.pub");

        await tools.RunAsync(
            "tpm2_gettime", "-c", "ak.ctx", "-g", hash, "-s", scheme, "-q", qualification, "-f", "tss", "--attestation", "time", "-o", "time.sig");
        TimeResult time = EvidenceVerifier.VerifyTime(
            new TimeExpectation { AttestationKey = key, Nonce = nonce, QualifiedSigner = signer }, tools.Read("time"), tools.Read("time.sig"));
        time.Verdict.IsVerified.Should().BeTrue(time.Verdict.ToString());

        TpmsNVPublic index = await DefineIndexAsync(tools);
        await tools.RunAsync(
            "tpm2_nvcertify", "-C", "ak.ctx", "-c", Index.ToString(), "-g", hash, "-s", scheme, "--size", "5", "--offset", "7", "-q", qualification,
            "-f", "tss", "--attestation", "nv", "-o", "nv.sig", Index.ToString());
        NVCertifyResult nv = EvidenceVerifier.VerifyNVCertify(
            new NVCertifyExpectation { AttestationKey = key, Nonce = nonce, QualifiedSigner = signer, NVPublic = index, Offset = 7 },
            tools.Read("nv"),
            tools.Read("nv.sig"));
        nv.Verdict.IsVerified.Should().BeTrue(nv.Verdict.ToString());
        nv.Contents.ToArray().Should().Equal("world"u8.ToArray());

        TpmName parent = await CreateApplicationKeyAsync(tools);
        await tools.RunAsync(
            "tpm2_certify", "-c", "app.ctx", "-C", "ak.ctx", "-g", hash, "--scheme", scheme, "-f", "tss", "-o", "certify", "-s", "certify.sig");
        CertifyResult certify = EvidenceVerifier.VerifyCertify(
            new CertifyExpectation
            {
                AttestationKey = key,

                // The tool takes no qualifying data, and has its own.
                Nonce = new byte[] { 0x00, 0xFF, 0x55, 0xAA },
                QualifiedSigner = signer,
                Usage = ApplicationKeyUsage.Sign,
                ParentQualifiedName = parent,
            },
            tools.Read("app.pub"),
            tools.Read("certify"),
            tools.Read("certify.sig"));
        certify.Verdict.IsVerified.Should().BeTrue(certify.Verdict.ToString());
        certify.Key.Should().Be(tools.ReadPublic("app.pub"));
    }

    [Theory]
    [InlineData("ecc", "sha256", "ecdsa", 10)]
    [InlineData("ecc384", "sha384", "ecdsa", 5000)]
    [InlineData("rsa", "sha256", "rsapss", 1024)]
    [InlineData("rsa", "sha256", "rsassa", 1025)]
    public async Task The_signature_of_tpm2_sign_is_verified_by_us(string algorithm, string hash, string scheme, int size)
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync(ofItsOwn: true);
        using Tpm2Tools tools = new(machine);
        await tools.CreateAttestationKeyAsync(await tools.CreateEndorsementKeyAsync("rsa"), algorithm, hash, scheme);
        byte[] data = RandomNumberGenerator.GetBytes(size);
        tools.Write("data", data);

        await tools.RunAsync("tpm2_hash", "-C", "e", "-g", hash, "-t", "ticket", "-o", "digest", "data");
        await tools.RunAsync("tpm2_sign", "-c", "ak.ctx", "-g", hash, "-s", scheme, "-d", "-t", "ticket", "-f", "tss", "-o", "signature", "digest");

        EvidenceVerifier.VerifySignature(tools.ReadPublic("ak.pub"), data, tools.Read("signature")).IsVerified.Should().BeTrue();
    }

    [Theory]
    [InlineData("p256", "sha256")]
    [InlineData("p384", "sha384")]
    [InlineData("rsa2048", "sha256")]
    public async Task Our_signatures_and_attestations_are_accepted_by_tpm2_verifysignature(string algorithm, string hash)
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync(ofItsOwn: true);
        using Tpm2Tools tools = new(machine);
        TpmsNVPublic index = await DefineIndexAsync(tools);
        await using (ITpmDevice device = TpmDevice.Open(machine.DeviceString))
        {
            await using AttestationClient client = new(device);
            await using AttestationKey key = await client.CreateAttestationKeyAsync(
                await client.GetEndorsementKeyAsync(), new TpmKeyOptions { Algorithm = TpmKeyAlgorithm.Parse(algorithm) });
            tools.Write("ak.pub", key.Public.EncodeSized());
            Write("time", await key.GetTimeAsync(new byte[32]));
            Write("nv", await key.CertifyNVAsync(index.NVIndex, new byte[32]));
            byte[] data = RandomNumberGenerator.GetBytes(5000);
            tools.Write("data", data);
            tools.Write("data.sig", (await key.SignAsync(data)).Encode());
        }

        await tools.RunAsync("tpm2_loadexternal", "-C", "n", "-u", "ak.pub", "-c", "ak.ctx");
        foreach (string file in (string[])["time", "nv", "data"])
        {
            await VerifyAsync(file, file);
        }

        await tools.Invoking(_ => VerifyAsync("time", "nv")).Should().ThrowAsync<ToolException>("the signature is of something else");

        Task VerifyAsync(string message, string signed) => tools.RunAsync(
            "tpm2_verifysignature", "-c", "ak.ctx", "-g", hash, "-m", message, "-s", $"{signed}.sig");

        void Write(string file, TpmAttestation attestation)
        {
            tools.Write(file, attestation.Attest.Span);
            tools.Write($"{file}.sig", attestation.Signature.Encode());
        }
    }

    [Fact]
    public async Task The_Name_of_an_NV_index_is_the_one_of_tpm2_nvreadpublic()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync(ofItsOwn: true);
        using Tpm2Tools tools = new(machine);

        TpmsNVPublic index = await DefineIndexAsync(tools);

        (await tools.RunAsync("tpm2_nvreadpublic", Index.ToString())).Should().Contain($"name: {index.ComputeName()}");
    }

    // An index with a policy that holds "Hello, world".
    private static async Task<TpmsNVPublic> DefineIndexAsync(Tpm2Tools tools)
    {
        byte[] policy = RandomNumberGenerator.GetBytes(32);
        tools.Write("policy", policy);
        tools.Write("contents", "Hello, world"u8);
        await tools.RunAsync(
            "tpm2_nvdefine", Index.ToString(), "-C", "o", "-s", "12", "-g", "sha256", "-L", "policy", "-a", "ownerread|authread|ownerwrite|policywrite");
        await tools.RunAsync("tpm2_nvwrite", Index.ToString(), "-C", "o", "-i", "contents");
        return new TpmsNVPublic(
            Index, TpmAlgId.Sha256, TpmaNV.OwnerRead | TpmaNV.AuthRead | TpmaNV.OwnerWrite | TpmaNV.PolicyWrite | TpmaNV.Written, policy, 12);
    }

    /// <summary>Makes a signing key under a primary key of the owner's: app.ctx, app.pub.</summary>
    /// <returns>The parent's qualified Name.</returns>
    private static async Task<TpmName> CreateApplicationKeyAsync(Tpm2Tools tools)
    {
        await tools.RunAsync("tpm2_createprimary", "-C", "o", "-G", "ecc", "-c", "parent.ctx");
        await tools.RunAsync("tpm2_create", "-C", "parent.ctx", "-G", "ecc256:ecdsa-sha256", "-u", "app.pub", "-r", "app.priv");
        await tools.RunAsync("tpm2_load", "-C", "parent.ctx", "-u", "app.pub", "-r", "app.priv", "-c", "app.ctx");
        await tools.RunAsync("tpm2_readpublic", "-c", "parent.ctx", "-o", "parent.pub");
        return QualifiedName.OfPrimary(TpmHandle.Owner, tools.ReadPublic("parent.pub"));
    }
}
