using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using HardwareAttestation.Emulation;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Interoperability.Tests.CommandLine;

/// <summary>Files that hwattest and tpm2-tools write and read for each other.</summary>
public sealed class ExchangeTests
{
    [Theory]
    [InlineData("L-1", "0x01c00002", "0x81010001")]
    [InlineData("H-3", "0x01c00016", "0x81010016")]
    public async Task Endorsement_certificates_and_keys_are_byte_for_byte_those_of_the_tools(string template, string index, string handle)
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        Hwattest hwattest = new(tools, machine.DeviceString);
        await tools.RunAsync("tpm2_nvread", index, "-o", "theirs.der");
        await tools.RunAsync("tpm2_getekcertificate", "-o", "rsa.der");
        await tools.RunAsync("tpm2_readpublic", "-c", handle, "-o", "theirs.pub");

        await hwattest.DoAsync("ek", "certificate", "--template", template, "--out", "ours.der");
        await hwattest.DoAsync("ek", "public", "--template", template, "--out", "ours.pub");

        tools.Read("ours.der").Should().Equal(tools.Read("theirs.der"));
        tools.Read("ours.pub").Should().Equal(tools.Read("theirs.pub"));
        if (template == "L-1")
        {
            tools.Read("ours.der").Should().Equal(tools.Read("rsa.der"));
        }
    }

    [Theory]
    [InlineData("0x81010001", "L-1", "--ek-public")]
    [InlineData("0x81010001", "L-1", "--ek-certificate")]
    [InlineData("0x81010016", "H-3", "--ek-public")]
    [InlineData("0x81010016", "H-3", "--ek-certificate")]
    public async Task A_credential_of_hwattest_is_opened_by_tpm2_activatecredential(string endorsementKey, string template, string option)
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        Hwattest hwattest = new(tools, machine.DeviceString);
        await tools.CreateEndorsementKeyAsync(endorsementKey);
        await tools.CreateAttestationKeyAsync(endorsementKey);
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        tools.Write("secret.bin", secret);
        await hwattest.DoAsync("ek", "certificate", "--template", template, "--out", "ek.der");

        await hwattest.DoAsync(
            "credential", "make", option, option == "--ek-public" ? "ek.pub" : "ek.der", "--ak-name", Hex(tools, "ak.name"), "--secret", "secret.bin", "--out", "credential");

        (await tools.ActivateCredentialAsync(endorsementKey)).Should().Equal(secret);
    }

    [Theory]
    [InlineData("0x81010001", "L-1")]
    [InlineData("0x81010016", "H-3")]
    public async Task A_credential_of_tpm2_makecredential_is_opened_by_hwattest(string endorsementKey, string template)
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        Hwattest hwattest = new(tools, machine.DeviceString);
        await tools.CreateEndorsementKeyAsync(endorsementKey);
        await hwattest.DoAsync("ak", "create", "--template", template, "--out", "ak.blob");
        string name = (await hwattest.DoAsync("ak", "name", "--ak", "ak.blob")).Trim();
        tools.Write("secret", RandomNumberGenerator.GetBytes(20));
        await tools.RunAsync("tpm2_makecredential", "-T", "none", "-u", "ek.pub", "-s", "secret", "-n", name, "-o", "credential");

        await hwattest.DoAsync("credential", "activate", "--ak", "ak.blob", "--credential", "credential", "--out", "opened");
        Hwattest.Answer onOutput = await hwattest.RunAsync("credential", "activate", "--ak", "ak.blob", "--credential", "credential", "--out", "-");

        tools.Read("opened").Should().Equal(tools.Read("secret"));
        onOutput.Bytes.Should().Equal(tools.Read("secret"));
    }

    [Theory]
    [InlineData("rsa", "ecc", "sha256", "ecdsa")]
    [InlineData("ecc", "ecc", "sha256", "ecdsa")]
    [InlineData("ecc384", "rsa", "sha256", "rsapss")]
    public async Task A_key_of_tpm2_createak_is_imported_and_used_and_exported_to_tpm2_load(string endorsementKey, string algorithm, string hash, string scheme)
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        Hwattest hwattest = new(tools, machine.DeviceString);
        string parent = await tools.CreateEndorsementKeyAsync(endorsementKey);
        await tools.CreateAttestationKeyAsync(parent, algorithm, hash, scheme);

        await hwattest.DoAsync("ak", "import", "--format", "tpm2-tools", "--in-public", "ak.pub", "--in-private", "ak.priv", "--ak", "ak.blob");
        (await hwattest.DoAsync("ak", "name", "--ak", "ak.blob")).Trim().Should().Be(Hex(tools, "ak.name"));
        await QuotesAsync(hwattest);
        await hwattest.DoAsync("ak", "export", "--ak", "ak.blob", "--format", "tpm2-tools", "--out-public", "out.pub", "--out-private", "out.priv");

        tools.Read("out.pub").Should().Equal(tools.Read("ak.pub"));
        tools.Read("out.priv").Should().Equal(tools.Read("ak.priv"));
    }

    [Fact]
    public async Task A_key_of_hwattest_is_loaded_by_tpm2_load_and_quotes_there()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        Hwattest hwattest = new(tools, machine.DeviceString);
        await hwattest.DoAsync("ak", "create", "--template", "H-3", "--out", "ak.blob");
        await hwattest.DoAsync("ak", "export", "--ak", "ak.blob", "--format", "tpm2-tools", "--out-public", "ak.pub", "--out-private", "ak.priv");

        await tools.RunAsync("tpm2_load", "-C", "0x81010016", "-u", "ak.pub", "-r", "ak.priv", "-c", "ak.ctx");
        await tools.QuoteAsync(new byte[16], TpmlPcrSelection.Parse("sha256:0,7"), "sha256", "ecdsa");

        await hwattest.DoAsync(
            "quote", "verify", "--ak-public", "ak.pub", "--message", "message", "--signature", "signature", "--nonce", new string('0', 32), "--pcrs", "sha256:0,7", "--pcr-values", "values");
    }

    // tpm2_load gives no session to the parent that a PEM file names, so that a key under an endorsement key of the low range cannot be loaded by it.
    [Fact]
    public async Task A_PEM_file_of_hwattest_is_loaded_by_tpm2_load()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        Hwattest hwattest = new(tools, machine.DeviceString);
        await hwattest.DoAsync("ak", "create", "--template", "H-3", "--out", "ak.blob");
        string name = (await hwattest.DoAsync("ak", "name", "--ak", "ak.blob")).Trim();

        await hwattest.DoAsync("ak", "export", "--ak", "ak.blob", "--format", "tss2", "--out", "ak.pem");

        (await tools.RunAsync("tpm2_load", "-r", "ak.pem", "-c", "ak.ctx")).Should().Contain(name);
        await hwattest.DoAsync("ak", "import", "--format", "tss2", "--in", "ak.pem", "--out", "again.blob");
        tools.Read("again.blob").Should().Equal(tools.Read("ak.blob"));
    }

    [Fact]
    public async Task A_PEM_file_of_tpm2_encodeobject_under_an_endorsement_key_is_imported()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        Hwattest hwattest = new(tools, machine.DeviceString);
        await tools.CreateEndorsementKeyAsync("0x81010001");
        await tools.CreateAttestationKeyAsync("0x81010001");
        await tools.RunAsync("tpm2_encodeobject", "-C", "0x81010001", "-u", "ak.pub", "-r", "ak.priv", "-o", "ak.pem");

        await hwattest.DoAsync("ak", "import", "--format", "tss2", "--in", "ak.pem", "--ak", "ak.blob");

        await QuotesAsync(hwattest);
    }

    [Fact]
    public async Task A_PEM_file_of_a_key_in_the_owner_hierarchy_goes_both_ways()
    {
        const string Parent = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt";
        const string Key = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|sign";
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        Hwattest hwattest = new(tools, machine.DeviceString);
        await tools.RunAsync("tpm2_createprimary", "-C", "o", "-G", "ecc", "-a", Parent, "-c", "parent.ctx");
        await tools.RunAsync("tpm2_create", "-C", "parent.ctx", "-G", "ecc:ecdsa-sha256:null", "-a", Key, "-u", "ak.pub", "-r", "ak.priv");
        await tools.RunAsync("tpm2_encodeobject", "-C", "parent.ctx", "-u", "ak.pub", "-r", "ak.priv", "-o", "ak.pem");

        await hwattest.DoAsync("ak", "import", "--format", "tss2", "--in", "ak.pem", "--ak", "ak.blob");
        await QuotesAsync(hwattest);
        await hwattest.DoAsync("ak", "export", "--ak", "ak.blob", "--format", "tss2", "--out", "out.pem");

        string name = (await hwattest.DoAsync("ak", "name", "--ak", "ak.blob")).Trim();
        (await tools.RunAsync("tpm2_load", "-r", "out.pem", "-c", "ak.ctx")).Should().Contain(name);
    }

    [Theory]
    [InlineData("sha256:0,1,7")]
    [InlineData("sha1:0,16+sha256:0,1,2,3,4,5,6,7,8,9,16,23+sha384:7")]
    public async Task PCR_values_of_tpm2_quote_are_read_in_each_form(string pcrs)
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        Hwattest hwattest = new(tools, machine.DeviceString);
        await tools.CreateAttestationKeyAsync(await tools.CreateEndorsementKeyAsync("0x81010001"));
        await tools.ExtendPcrsAsync();

        foreach (string form in (string[])["values", "serialized"])
        {
            await tools.RunAsync("tpm2_quote", "-c", "ak.ctx", "-l", pcrs, "-q", "0123", "-m", "message", "-s", "signature", "-o", form, "-F", form);
            await VerifiesAsync(form);
            Damage(tools, form);
            (await VerifyAsync(form)).Status.Should().BeOneOf([1, 2], "the file was damaged");
        }

        // Debian's tools do not write this one yet.
        await tools.RunAsync("tpm2_quote", "-c", "ak.ctx", "-l", pcrs, "-q", "0123", "-m", "message", "-s", "signature", "-o", "values", "-F", "values");
        tools.Write("marshaled", Marshal(TpmlPcrSelection.Parse(pcrs), tools.Read("values")));
        await VerifiesAsync("marshaled");
        Damage(tools, "marshaled");
        (await VerifyAsync("marshaled")).Status.Should().BeOneOf([1, 2], "the file was damaged");

        async Task VerifiesAsync(string form) => (await VerifyAsync(form)).Should().BeEquivalentTo(new { Status = 0, Error = string.Empty }, form);

        Task<Hwattest.Answer> VerifyAsync(string form) => hwattest.RunAsync(
            "quote", "verify", "--ak-public", "ak.pub", "--message", "message", "--signature", "signature", "--nonce", "0123", "--pcrs", pcrs, "--pcr-values", form, "--pcr-values-format", form);
    }

    [Fact]
    public async Task A_quote_and_a_signature_of_hwattest_are_accepted_by_the_tools()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        Hwattest hwattest = new(tools, machine.DeviceString);
        await tools.ExtendPcrsAsync();
        tools.Write("data", RandomNumberGenerator.GetBytes(4000));
        await hwattest.DoAsync("ak", "create", "--out", "ak.blob", "--algorithm", "rsa2048");
        await hwattest.DoAsync("ak", "public", "--ak", "ak.blob", "--out", "ak.pub");
        await hwattest.DoAsync(
            "quote", "create", "--ak", "ak.blob", "--pcrs", "sha256:0,7,16", "--nonce", "c0ffee", "--message", "message", "--signature", "signature", "--pcr-values", "values");
        await hwattest.DoAsync("sign", "--ak", "ak.blob", "--in", "data", "--out", "data.sig");

        await tools.RunAsync(
            "tpm2_checkquote", "-u", "ak.pub", "-m", "message", "-s", "signature", "-f", "values", "-F", "values", "-l", "sha256:0,7,16", "-g", "sha256", "-q", "c0ffee");
        await tools.RunAsync("tpm2_loadexternal", "-C", "n", "-u", "ak.pub", "-c", "ak.ctx");
        await tools.RunAsync("tpm2_verifysignature", "-c", "ak.ctx", "-g", "sha256", "-m", "data", "-s", "data.sig");
    }

    [Fact]
    public async Task A_signature_of_tpm2_sign_is_verified_by_hwattest()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        Hwattest hwattest = new(tools, machine.DeviceString);
        await tools.CreateAttestationKeyAsync(await tools.CreateEndorsementKeyAsync("0x81010001"));
        tools.Write("data", "some data"u8);
        await tools.RunAsync("tpm2_hash", "-C", "e", "-g", "sha256", "-o", "digest", "-t", "ticket", "data");
        await tools.RunAsync("tpm2_sign", "-c", "ak.ctx", "-g", "sha256", "-s", "ecdsa", "-d", "-t", "ticket", "-o", "data.sig", "digest");

        await hwattest.DoAsync("signature", "verify", "--ak-public", "ak.pub", "--in", "data", "--signature", "data.sig");
        tools.Write("data", "other data"u8);
        (await hwattest.RunAsync("signature", "verify", "--ak-public", "ak.pub", "--in", "data", "--signature", "data.sig")).Status.Should().Be(1);
    }

    [Fact]
    public async Task PCRs_are_printed_as_tpm2_pcrread_reads_them()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        await tools.ExtendPcrsAsync();
        await tools.RunAsync("tpm2_pcrread", "sha256:0,1,2,16", "-o", "values");

        JsonElement json = await new Hwattest(tools, machine.DeviceString).AskAsync("pcr", "read", "--pcrs", "sha256:0,1,2,16");

        string.Concat(json.GetProperty("pcrs").EnumerateArray().Select(pcr => pcr.GetProperty("value").GetString())).Should().Be(Hex(tools, "values"));
    }

    private static async Task QuotesAsync(Hwattest hwattest)
    {
        await hwattest.DoAsync("ak", "public", "--ak", "ak.blob", "--out", "key.pub");
        await hwattest.DoAsync("quote", "create", "--ak", "ak.blob", "--pcrs", "sha256:0", "--nonce", "ab", "--message", "q.msg", "--signature", "q.sig", "--pcr-values", "q.pcrs");
        await hwattest.DoAsync(
            "quote", "verify", "--ak-public", "key.pub", "--message", "q.msg", "--signature", "q.sig", "--nonce", "ab", "--pcrs", "sha256:0", "--pcr-values", "q.pcrs");
    }

    private static string Hex(Tpm2Tools tools, string file) => Convert.ToHexStringLower(tools.Read(file));

    // The bank of the first selection stands near the beginning, and the first digest in the middle; what follows the last one may be padding.
    private static void Damage(Tpm2Tools tools, string file)
    {
        byte[] content = tools.Read(file);
        tools.Write(file, content[..^1]);
    }

    private static byte[] Marshal(TpmlPcrSelection selection, byte[] values)
    {
        const int DigestsOfList = 8;
        List<byte[]> digests = [];
        ReadOnlySpan<byte> rest = values;
        foreach (TpmsPcrSelection bank in selection)
        {
            TpmHash.TryGetDigestSize(bank.Hash, out int size);
            for (int i = 0; i < bank.Count; i++)
            {
                digests.Add(rest[..size].ToArray());
                rest = rest[size..];
            }
        }

        byte[] buffer = new byte[TpmWire.MaximumSize];
        TpmWriter writer = new(buffer);
        selection.Write(ref writer);
        byte[][][] lists = [.. digests.Chunk(DigestsOfList)];
        writer.WriteUInt32((uint)lists.Length);
        foreach (byte[][] list in lists)
        {
            writer.WriteUInt32((uint)list.Length);
            foreach (byte[] digest in list)
            {
                writer.WriteSized(digest);
            }
        }

        BinaryPrimitives.ReadUInt32BigEndian(writer.Written).Should().Be((uint)selection.Count);
        return writer.Written.ToArray();
    }
}
