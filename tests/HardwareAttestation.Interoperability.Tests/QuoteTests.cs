using System.Security.Cryptography;
using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Interoperability.Tests;

/// <summary>Quotes made by one side and verified by the other.</summary>
public sealed class QuoteTests
{
    private static readonly TpmlPcrSelection Selection = TpmlPcrSelection.Parse("sha256:0,1,2,3,7");

    [Theory]
    [MemberData(nameof(ToolKeys.AttestationKeys), MemberType = typeof(ToolKeys))]
    public async Task The_quote_of_tpm2_quote_is_verified_by_us(string algorithm, string hash, string scheme)
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        TpmName qualifiedSigner = await tools.CreateAttestationKeyAsync(await tools.CreateEndorsementKeyAsync("rsa"), algorithm, hash, scheme);
        await tools.ExtendPcrsAsync();
        foreach (string text in (string[])["sha256:0,1,2,3,7", "sha384:23", "sha1:0,16+sha256:0,1,16+sha384:7", "sha256:0,1,2,3,4,5,6,7,8,9,16,23"])
        {
            TpmlPcrSelection selection = TpmlPcrSelection.Parse(text);
            byte[] nonce = RandomNumberGenerator.GetBytes(32);

            await tools.QuoteAsync(nonce, selection, hash, scheme);
            QuoteResult result = Verify(tools, nonce, selection, qualifiedSigner);

            result.Verdict.IsVerified.Should().BeTrue("{0} of {1}", result.Verdict, text);
            result.Attested!.ExtraData.ToArray().Should().Equal(nonce);
            result.PcrValues.Should().HaveCount(selection.Sum(bank => bank.Count));
        }
    }

    [Fact]
    public async Task Copies_of_the_quote_that_were_changed_are_refused_by_us()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        TpmName qualifiedSigner = await tools.CreateAttestationKeyAsync(await tools.CreateEndorsementKeyAsync("rsa"));
        await tools.ExtendPcrsAsync();
        byte[] nonce = RandomNumberGenerator.GetBytes(20);
        await tools.QuoteAsync(nonce, Selection, "sha256", "ecdsa");
        Verify(tools, nonce, Selection, qualifiedSigner).Verdict.IsVerified.Should().BeTrue();

        foreach (string file in (string[])["message", "signature", "values"])
        {
            byte[] right = tools.Read(file);
            for (int position = 0; position < right.Length; position++)
            {
                byte[] changed = [.. right];
                changed[position] ^= 1;
                tools.Write(file, changed);
                QuoteResult result = Verify(tools, nonce, Selection, qualifiedSigner);
                result.Verdict.IsVerified.Should().BeFalse("byte {0} of the {1} was changed", position, file);
                result.PcrValues.Should().BeEmpty();
            }

            tools.Write(file, right);
        }

        RefusalsOf(Verify(tools, nonce[..19], Selection, qualifiedSigner)).Should().Equal("quote.nonce");
        RefusalsOf(Verify(tools, nonce, TpmlPcrSelection.Parse("sha256:0,1,2,3,8"), qualifiedSigner)).Should().Equal("quote.pcr-selection");
        RefusalsOf(Verify(tools, nonce, Selection, new TpmName([]))).Should().Equal("quote.signer");

        // What the tools' own judge accepted: PCRs under another label, with the same digests.
        PcrValue[] relabelled = [.. ToolFiles.ReadPcrValues(tools.Read("values"), TpmlPcrSelection.Parse("sha256:0,1,2,3,8"))];
        RefusalsOf(Verify(tools, nonce, Selection, qualifiedSigner, relabelled)).Should().Equal("quote.pcr-digest");
    }

    [Theory]
    [InlineData("p256", "sha256")]
    [InlineData("p384", "sha384")]
    [InlineData("rsa2048", "sha256")]
    public async Task Our_quote_is_accepted_by_tpm2_checkquote(string algorithm, string hash)
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        await tools.ExtendPcrsAsync();
        byte[] nonce = RandomNumberGenerator.GetBytes(32);
        TpmlPcrSelection selection = TpmlPcrSelection.Parse("sha1:0+sha256:0,1,7,16");
        await using (ITpmDevice device = TpmDevice.Open(machine.DeviceString))
        {
            await using AttestationClient client = new(device);
            await using AttestationKey key = await client.CreateAttestationKeyAsync(
                await client.GetEndorsementKeyAsync(), new TpmKeyOptions { Algorithm = TpmKeyAlgorithm.Parse(algorithm) });
            TpmQuote quote = await key.QuoteAsync(selection, nonce);
            tools.Write("ak.pub", key.Public.EncodeSized());
            tools.Write("message", quote.Attest.Span);
            tools.Write("signature", quote.Signature.Encode());
            tools.Write("values", ToolFiles.WritePcrValues(quote.PcrValues));
        }

        await CheckAsync(nonce);
        await tools.Invoking(_ => CheckAsync(nonce[1..])).Should().ThrowAsync<ToolException>("another nonce is refused");

        Task CheckAsync(byte[] qualification) => tools.RunAsync(
            "tpm2_checkquote",
            "-u", "ak.pub",
            "-m", "message",
            "-s", "signature",
            "-f", "values",
            "-F", "values",
            "-l", selection.ToString(),
            "-g", hash,
            "-q", Convert.ToHexStringLower(qualification));
    }

    [Fact]
    public async Task We_read_the_same_PCRs_as_tpm2_pcrread()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        await tools.ExtendPcrsAsync();
        TpmlPcrSelection selection = TpmlPcrSelection.Parse("sha256:0,1,2,7,16,17,23");
        await tools.RunAsync("tpm2_pcrread", selection.ToString(), "-o", "values");

        await using ITpmDevice device = TpmDevice.Open(machine.DeviceString);
        await using AttestationClient client = new(device);
        (await client.ReadPcrsAsync(selection)).Should().Equal(ToolFiles.ReadPcrValues(tools.Read("values"), selection));
    }

    private static IEnumerable<string> RefusalsOf(QuoteResult result) => result.Verdict.Refusals.Select(finding => finding.Check);

    private static QuoteResult Verify(
        Tpm2Tools tools, byte[] nonce, TpmlPcrSelection selection, TpmName qualifiedSigner, IReadOnlyList<PcrValue>? values = null) =>
        EvidenceVerifier.VerifyQuote(
            new QuoteExpectation
            {
                AttestationKey = tools.ReadPublic("ak.pub"),
                Nonce = nonce,
                PcrSelection = selection,
                QualifiedSigner = qualifiedSigner,
            },
            tools.Read("message"),
            tools.Read("signature"),
            values ?? ToolFiles.ReadPcrValues(tools.Read("values"), selection));
}
