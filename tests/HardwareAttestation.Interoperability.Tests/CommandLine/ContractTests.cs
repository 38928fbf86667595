using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using HardwareAttestation.Emulation;

namespace HardwareAttestation.Interoperability.Tests.CommandLine;

/// <summary>What scripts rely on: commands, exit statuses, JSON, and one line of words when something is wrong.</summary>
public sealed class ContractTests : IDisposable
{
    private const int Done = 0;
    private const int Refused = 1;
    private const int Misuse = 2;
    private const int TpmFailed = 3;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hwa-cli-");

    public static TheoryData<string> EveryCommand =>
    [
        "", "tpm", "tpm info", "ek", "ek list", "ek certificate", "ek public", "ek verify", "ak", "ak create", "ak public", "ak name", "ak export", "ak import",
        "credential", "credential make", "credential activate", "sign", "signature", "signature verify", "quote", "quote create", "quote verify", "pcr", "pcr read", "completion",
    ];

    public static TheoryData<string, string> WrongCalls => new()
    {
        { "ek lst", "'lst' is not a command" },
        { "ek", "--help" },
        { "tpm info --bogus", "'--bogus'" },
        { "ak name", "--ak" },
        { "ek public --template L-9 --out x", "'L-9' is not an endorsement key template; there are L-1" },
        { "ak create --out x --algorithm dsa", "'dsa' is not a key algorithm; there are p256" },
        { "pcr read --pcrs sha256:24", "'sha256:24' is not a PCR selection" },
        { "quote verify --ak-public a --message b --signature c --nonce 012 --pcrs sha256:0", "'012' is not hexadecimal" },
        { "ek verify --certificate a --at yesterday", "'yesterday' is not a time in ISO 8601" },
        { "ek certificate --template L-1 --out x --format pkcs7", "pkcs7" },
        { "credential make --ek-public a --ak-name 000b00 --secret b --out c", "is not a Name" },
        { "credential make --ak-name 000b0000000000000000000000000000000000000000000000000000000000000000 --secret b --out c", "--ek-public and --ek-certificate" },
        { "ak export --ak blob --format tss2 --out-public x", "takes --out" },
        { "ak name --ak nosuchfile", "'nosuchfile' cannot be read" },
        { "--tpm bogus tpm info", "names no kind of TPM device" },
        { "--tpm '' tpm info", "--tpm is empty" },
        { "ek public --template H-5 --out x", "SM2" },
        { "ek verify --certificate a --at 01/02/2027", "is not a time in ISO 8601" },
        { "ek verify --certificate blob --roots ''", "name a file or a folder" },
        { "quote create --ak blob --pcrs sha256:0 --nonce '' --message a --signature b --pcr-values c", "The nonce is empty" },
        { "quote verify --ak-public blob --message a --signature b --nonce 0x --pcrs sha256:0", "The nonce is empty" },
    };

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(EveryCommand))]
    public async Task Help_at_each_level_ends_with_an_example(string command)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        string help = await Cli().DoAsync([.. words, "--help"]);

        string[] lines = help.TrimEnd().Split('\n');
        lines[^2].Trim().Should().Be("Example:");
        lines[^1].Should().StartWith($"  hwattest {command}".TrimEnd());
    }

    [Theory]
    [MemberData(nameof(WrongCalls))]
    public async Task A_wrong_call_ends_with_status_2_and_one_line_that_says_what_to_do(string call, string words)
    {
        File.WriteAllText(PathOf("blob"), "not a blob");

        Hwattest.Answer answer = await Cli().RunAsync([.. call.Split(' ').Select(word => word == "''" ? string.Empty : word)]);

        Fails(answer, Misuse, words);
        Directory.GetFiles(_folder.FullName).Should().ContainSingle("nothing is written");
    }

    [Theory]
    [InlineData("swtpm:path=/nonexistent/tpm.sock", "Start the emulator")]
    [InlineData("device:/nonexistent/tpmrm0", "/nonexistent/tpmrm0")]
    [InlineData("mssim:host=127.0.0.1,port=9", "mssim:host=127.0.0.1,port=9")]
    public async Task A_machine_without_a_TPM_ends_with_status_3(string device, string words)
    {
        Fails(await Cli().RunAsync("--tpm", device, "tpm", "info"), TpmFailed, words);
        Fails(await Cli(device).RunAsync("ek", "list", "--json"), TpmFailed, words);
    }

    [Fact]
    public async Task A_TPM_says_what_it_is()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();

        JsonElement info = await Cli(machine.DeviceString).AskAsync("tpm", "info");
        string text = await Cli(machine.DeviceString).DoAsync("tpm", "info");

        info.GetProperty("device").GetString().Should().Be(machine.DeviceString);
        info.GetProperty("hasResourceManager").GetBoolean().Should().BeFalse();
        info.GetProperty("manufacturer").EnumerateObject().Select(property => property.Name).Should().Equal("id", "code", "name");
        info.GetProperty("family").GetString().Should().Be("2.0");
        info.GetProperty("algorithms").EnumerateArray().Select(word => word.GetString()).Should().Contain(["rsa", "ecc", "sha256"]);
        info.GetProperty("curves").EnumerateArray().Select(word => word.GetString()).Should().Contain("p256");
        info.GetProperty("pcrBanks")[0].GetProperty("pcrs").GetArrayLength().Should().Be(24);
        info.GetProperty("lockout").GetProperty("active").GetBoolean().Should().BeFalse();
        text.Should().Contain("lockout           not active").And.Contain("PCR banks").And.NotContain("0x00");
    }

    [Fact]
    public async Task A_TPM_in_lockout_says_so_and_what_to_do()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync(ofItsOwn: true);
        using Tpm2Tools tools = new(machine);
        await tools.RunAsync("tpm2_dictionarylockout", "-s", "-n", "1", "-t", "1000", "-l", "1000");
        await tools.RunAsync("tpm2_createprimary", "-C", "o", "-G", "ecc", "-p", "right", "-a", "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|decrypt", "-c", "primary.ctx");
        await tools.Awaiting(it => it.RunAsync("tpm2_create", "-C", "primary.ctx", "-P", "wrong", "-G", "ecc", "-u", "x.pub", "-r", "x.priv")).Should().ThrowAsync<ToolException>();
        await tools.RunAsync("tpm2_flushcontext", "-t");

        (await Cli(machine.DeviceString).DoAsync("tpm", "info")).Should().Contain("lockout           ACTIVE: 1 of 1 failed tries").And.Contain("--clear-lockout");
        (await Cli(machine.DeviceString).AskAsync("tpm", "info")).GetProperty("lockout").GetProperty("active").GetBoolean().Should().BeTrue();
    }

    [Fact]
    public async Task A_TPM_without_certificates_is_told_from_a_TPM_that_fails()
    {
        string device = $"libtpms:dir={PathOf("tpm")}";

        (await Cli(device).DoAsync("ek", "list")).Should().Contain("No endorsement key found").And.Contain("ek public --template L-1");
        (await Cli(device).AskAsync("ek", "list")).GetProperty("endorsementKeys").GetArrayLength().Should().Be(0);
        Fails(await Cli(device).RunAsync("ek", "certificate", "--template", "L-1", "--out", "ek.der"), TpmFailed, "stores no certificate for L-1");
        await Cli(device).DoAsync("ek", "public", "--template", "L-1", "--out", "ek.pub");
    }

    [Fact]
    public async Task A_manufacturer_who_is_not_known_is_told_by_number()
    {
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync();
        await using RewritingSocket socket = new(machine, "IBM\0"u8.ToArray(), "Z\u001bZ\0"u8.ToArray());

        string text = await Cli(socket.DeviceString).DoAsync("tpm", "info");
        JsonElement json = (await Cli(socket.DeviceString).AskAsync("tpm", "info")).GetProperty("manufacturer");

        text.Should().Contain("manufacturer      'Z?Z' (0x5A1B5A00), who is not known here").And.NotContain("\u001b");
        json.GetProperty("name").ValueKind.Should().Be(JsonValueKind.Null);
        json.GetProperty("id").GetString().Should().Be("5A1B5A00");
    }

    [Fact]
    public async Task The_endorsement_keys_are_listed_with_their_certificates()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();

        JsonElement[] keys = [.. (await Cli(machine.DeviceString).AskAsync("ek", "list")).GetProperty("endorsementKeys").EnumerateArray()];

        keys.Select(key => key.GetProperty("template").GetString()).Should().Equal("L-1", "H-3");
        keys.Select(key => key.GetProperty("nvIndex").GetString()).Should().Equal("0x01c00002", "0x01c00016");
        keys.Select(key => key.GetProperty("persistentHandle").GetString()).Should().Equal("0x81010001", "0x81010016");
        keys[0].GetProperty("certificate").GetProperty("issuer").GetString().Should().StartWith("CN=");
        keys.Select(key => key.GetProperty("fault").ValueKind).Should().AllBeEquivalentTo(JsonValueKind.Null);
        (await Cli(machine.DeviceString).DoAsync("ek", "list")).Should().Contain("L-1  rsa2048  certificate at NV 0x01c00002  key at 0x81010001");
    }

    [Fact]
    public async Task A_certificate_is_judged_by_the_roots_that_are_named()
    {
        TpmManufacturer manufacturer = await SharedMachines.GetManufacturerAsync();
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        Hwattest cli = Cli(machine.DeviceString);
        await cli.DoAsync("ek", "certificate", "--template", "L-1", "--out", "ek.pem", "--format", "pem");
        await cli.DoAsync("ek", "public", "--template", "L-1", "--out", "ek.pub");
        await cli.DoAsync("ek", "public", "--template", "H-3", "--out", "other.pub");
        Directory.CreateDirectory(PathOf("roots/below"));
        File.Copy(manufacturer.RootCertificatePath, PathOf("roots/below/root.pem"));
        File.Copy(manufacturer.IssuerCertificatePath, PathOf("roots/issuer.pem"));
        File.WriteAllText(PathOf("roots/broken.crt"), "nonsense");
        File.WriteAllText(PathOf("bundle.pem"), File.ReadAllText(manufacturer.RootCertificatePath) + File.ReadAllText(manufacturer.IssuerCertificatePath));
        string[] verify = ["ek", "verify", "--certificate", "ek.pem", "--public", "ek.pub"];
        string[] files = ["--roots", manufacturer.RootCertificatePath, "--intermediates", manufacturer.IssuerCertificatePath];

        JsonElement verified = await cli.AskAsync([.. verify, .. files, "--allow-virtual"]);
        verified.EnumerateObject().Select(property => property.Name).Should().Equal(
            "status", "findings", "trustClass", "manufacturer", "model", "firmwareVersion", "chain");
        verified.GetProperty("status").GetString().Should().Be("verified");
        verified.GetProperty("trustClass").GetString().Should().Be("softwareEmulator");
        verified.GetProperty("chain").GetArrayLength().Should().Be(3);
        verified.GetProperty("findings")[0].EnumerateObject().Select(property => property.Name).Should().Equal("check", "outcome", "detail");

        Hwattest.Answer folder = await cli.RunAsync([.. verify, "--roots", "roots", "--allow-virtual"]);
        folder.Status.Should().Be(Done, folder.Error);
        folder.Error.Should().Contain("broken.crt").And.Contain("left out");
        (await cli.RunAsync([.. verify, "--roots", "bundle.pem", "--allow-virtual"])).Status.Should().Be(Done);

        await IsRefusedAsync(cli, [.. verify, .. files], "ek.certificate.trust-class");
        await IsRefusedAsync(cli, [.. verify, "--allow-virtual"], "ek.certificate.chain");
        await IsRefusedAsync(cli, [.. verify, .. files, "--allow-virtual", "--at", "2001-01-01T00:00:00Z"], "ek.certificate.chain", "ek.certificate.validity");
        await IsRefusedAsync(cli, ["ek", "verify", "--certificate", "ek.pem", "--public", "other.pub", .. files, "--allow-virtual"], "ek.certificate.key");
        await IsRefusedAsync(cli, ["ek", "verify", "--certificate", "ek.pub", .. files, "--allow-virtual"], "ek.certificate.form");
        Fails(await cli.RunAsync([.. verify, "--roots", "nosuchfolder"]), Misuse, "nosuchfolder");
        Fails(await cli.RunAsync([.. verify, "--roots", "roots/broken.crt"]), Misuse, "broken.crt");
        Fails(await cli.RunAsync([.. verify, "--roots", manufacturer.IssuerCertificatePath]), Misuse, "self-signed");
    }

    [Fact]
    public async Task Expired_certificates_and_old_signatures_are_accepted_only_if_asked_for()
    {
        using RSA rootKey = RSA.Create(2048);
        using RSA key = RSA.Create(2048);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        CertificateRequest root = new("CN=Root", rootKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        root.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        using X509Certificate2 anchor = root.CreateSelfSigned(now.AddYears(-20), now.AddYears(20));
        File.WriteAllText(PathOf("root.pem"), anchor.ExportCertificatePem());
        Issue("expired.der", HashAlgorithmName.SHA256, now.AddYears(-1));
        Issue("sha1.der", HashAlgorithmName.SHA1, now.AddYears(1));

        await IsRefusedAsync(Cli(), ["ek", "verify", "--certificate", "expired.der", "--roots", "root.pem"], "ek.certificate.validity");
        await IsRefusedAsync(Cli(), ["ek", "verify", "--certificate", "sha1.der", "--roots", "root.pem"], "ek.certificate.algorithms");
        await Cli().DoAsync("ek", "verify", "--certificate", "expired.der", "--roots", "root.pem", "--allow-expired-leaf");
        await Cli().DoAsync("ek", "verify", "--certificate", "expired.der", "--roots", "root.pem", "--at", now.AddYears(-2).ToString("o"));
        await Cli().DoAsync("ek", "verify", "--certificate", "sha1.der", "--roots", "root.pem", "--allow-weak-signatures");

        void Issue(string file, HashAlgorithmName hash, DateTimeOffset notAfter)
        {
            CertificateRequest leaf = new("CN=EK", key, hash, RSASignaturePadding.Pkcs1);
            leaf.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyEncipherment, true));
            leaf.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("2.23.133.8.1")], false));
            using X509Certificate2 issued = leaf.Create(
                anchor.SubjectName, new AnyHashSigning(rootKey, hash), now.AddYears(-10), notAfter, [1, 2, 3]);
            File.WriteAllBytes(PathOf(file), issued.RawData);
        }
    }

    [Fact]
    public async Task A_key_that_is_there_is_neither_replaced_nor_damaged()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        Hwattest cli = Cli(machine.DeviceString);
        await cli.DoAsync("ak", "create", "--out", "ak.blob");
        byte[] blob = File.ReadAllBytes(PathOf("ak.blob"));
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(PathOf("ak.blob")).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        Fails(await cli.RunAsync("ak", "create", "--out", "ak.blob"), Misuse, "--force");
        File.ReadAllBytes(PathOf("ak.blob")).Should().Equal(blob);
        await cli.DoAsync("ak", "create", "--out", "ak.blob", "--force");
        File.ReadAllBytes(PathOf("ak.blob")).Should().NotEqual(blob);

        blob[^1] ^= 1;
        File.WriteAllBytes(PathOf("ak.blob"), blob);
        Fails(await cli.RunAsync("sign", "--ak", "ak.blob", "--in", "ak.blob", "--out", "sig"), Misuse, "damaged");
        File.ReadAllBytes(PathOf("ak.blob")).Should().Equal(blob, "a damaged file stays as it is");
        Directory.GetFiles(_folder.FullName).Should().ContainSingle("no temporary file is left");
    }

    [Fact]
    public async Task A_key_of_another_TPM_ends_with_status_3()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        await using EmulatedMachine other = await SharedMachines.CreateOtherMachineAsync();
        await Cli(other.DeviceString).DoAsync("ak", "create", "--out", "ak.blob");

        Fails(await Cli(machine.DeviceString).RunAsync("sign", "--ak", "ak.blob", "--in", "ak.blob", "--out", "sig"), TpmFailed, "of another machine");
    }

    [Fact]
    public async Task Verdicts_are_told_by_status_and_in_the_same_JSON_as_the_verifier_gives()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        Hwattest cli = Cli(machine.DeviceString);
        File.WriteAllText(PathOf("data"), "data");
        await cli.DoAsync("ak", "create", "--out", "ak.blob");
        await cli.DoAsync("ak", "public", "--ak", "ak.blob", "--out", "ak.pub");
        await cli.DoAsync("ak", "public", "--ak", "ak.blob", "--out", "ak.tpmt", "--format", "tpmt");
        await cli.DoAsync("sign", "--ak", "ak.blob", "--in", "data", "--out", "data.sig");
        await cli.DoAsync("quote", "create", "--ak", "ak.blob", "--pcrs", "sha256:0,7", "--nonce", "00ff", "--message", "msg", "--signature", "sig", "--pcr-values", "pcrs");
        string[] quote = ["quote", "verify", "--ak-public", "ak.pub", "--message", "msg", "--signature", "sig"];

        (await cli.AskAsync("signature", "verify", "--ak-public", "ak.tpmt", "--in", "data", "--signature", "data.sig")).GetProperty("status").GetString().Should().Be("verified");
        await IsRefusedAsync(cli, ["signature", "verify", "--ak-public", "ak.pub", "--in", "msg", "--signature", "data.sig"], "signature.valid");
        JsonElement verified = await cli.AskAsync([.. quote, "--nonce", "00FF", "--pcrs", "sha256:0,7", "--pcr-values", "pcrs"]);
        verified.GetProperty("status").GetString().Should().Be("verified");
        verified.GetProperty("pcrs").GetArrayLength().Should().Be(2);
        JsonElement flagged = await cli.AskAsync([.. quote, "--nonce", "00ff", "--pcrs", "sha256:0,7"]);
        flagged.GetProperty("findings").EnumerateArray().Single(finding => finding.GetProperty("outcome").GetString() == "flagged")
            .GetProperty("check").GetString().Should().Be("quote.pcr-digest");
        await IsRefusedAsync(cli, [.. quote, "--nonce", "00fe", "--pcrs", "sha256:0,7", "--pcr-values", "pcrs"], "quote.nonce");
        await IsRefusedAsync(cli, [.. quote, "--nonce", "00ff", "--pcrs", "sha256:0,8", "--pcr-values", "pcrs"], "quote.pcr-selection");
        await IsRefusedAsync(cli, [.. quote, "--nonce", "00ff", "--pcrs", "sha256:0,7", "--pcr-values", "data"], "quote.pcr-digest");
    }

    [Fact]
    public async Task A_file_on_standard_output_is_all_that_is_there()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        Hwattest cli = Cli(machine.DeviceString);
        await cli.DoAsync("ek", "public", "--template", "L-1", "--out", "ek.pub");

        (await cli.RunAsync("ek", "public", "--template", "L-1", "--out", "-")).Bytes.Should().Equal(File.ReadAllBytes(PathOf("ek.pub")));
        Fails(await cli.RunAsync("ek", "public", "--template", "L-1", "--out", "-", "--json"), Misuse, "--json");
    }

    [Fact]
    public async Task A_certificate_is_read_as_tools_leave_it()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        TpmManufacturer manufacturer = await SharedMachines.GetManufacturerAsync();
        Hwattest cli = Cli(machine.DeviceString);
        await cli.DoAsync("ek", "certificate", "--template", "L-1", "--out", "ek.der");
        byte[] der = File.ReadAllBytes(PathOf("ek.der"));
        string pem = new(PemEncoding.Write("CERTIFICATE", der));
        File.WriteAllText(PathOf("words.pem"), "Certificate:\n    Data:\n" + pem);
        File.WriteAllText(PathOf("mark.pem"), "\ufeff" + pem.ReplaceLineEndings("\r\n"));
        File.WriteAllBytes(PathOf("padded.der"), [.. der, .. Enumerable.Repeat((byte)0xFF, 300)]);
        File.WriteAllBytes(PathOf("more.der"), [.. der, 1, 2, 3]);
        string[] trust = ["--roots", manufacturer.RootCertificatePath, "--intermediates", manufacturer.IssuerCertificatePath, "--allow-virtual"];

        foreach (string file in (string[])["words.pem", "mark.pem", "padded.der"])
        {
            await cli.DoAsync(["ek", "verify", "--certificate", file, .. trust]);
        }

        await IsRefusedAsync(cli, ["ek", "verify", "--certificate", "more.der", .. trust], "ek.certificate.form");
    }

    [Fact]
    public async Task Roots_that_never_end_or_never_begin_are_left_out()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        TpmManufacturer manufacturer = await SharedMachines.GetManufacturerAsync();
        Directory.CreateDirectory(PathOf("roots"));
        File.WriteAllText(PathOf("ek.der"), "nonsense");
        using (Process made = Process.Start("mkfifo", PathOf("roots/pipe.pem")))
        {
            await made.WaitForExitAsync();
        }

        File.CreateSymbolicLink(PathOf("roots/zero.pem"), "/dev/zero");
        File.CreateSymbolicLink(PathOf("roots/up"), PathOf("roots"));
        File.CreateSymbolicLink(PathOf("roots/root.pem"), manufacturer.RootCertificatePath);

        Hwattest.Answer folder = await Cli().RunAsync("ek", "verify", "--certificate", "ek.der", "--roots", "roots");

        folder.Status.Should().Be(Refused, folder.Error);
        folder.Error.Should().Contain("pipe.pem").And.Contain("zero.pem").And.NotContain("root.pem");
        Fails(await Cli().RunAsync("ek", "verify", "--certificate", "ek.der", "--roots", "/dev/zero"), Misuse, "too large");
    }

    [Fact]
    public async Task A_key_is_not_replaced_by_another_file()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        Hwattest cli = Cli(machine.DeviceString);
        File.WriteAllText(PathOf("ak.blob"), string.Empty);
        await cli.DoAsync("ak", "create", "--out", "ak.blob");
        await cli.DoAsync("ak", "create", "--out", "other.blob");
        await cli.DoAsync("ak", "export", "--ak", "ak.blob", "--format", "tss2", "--out", "key.pem");
        await cli.DoAsync("ak", "export", "--ak", "ak.blob", "--format", "tss2", "--out", "key.pem");
        byte[] blob = File.ReadAllBytes(PathOf("ak.blob"));

        Fails(await cli.RunAsync("ak", "public", "--ak", "ak.blob", "--out", "ak.blob"), Misuse, "is a key");
        Fails(await cli.RunAsync("ak", "export", "--ak", "other.blob", "--format", "tss2", "--out", "key.pem"), Misuse, "is a key");
        Fails(await cli.RunAsync("ak", "export", "--ak", "ak.blob", "--format", "tpm2-tools", "--out-public", "x", "--out-private", "x"), Misuse, "one file for several");

        File.ReadAllBytes(PathOf("ak.blob")).Should().Equal(blob);
        File.Exists(PathOf("x")).Should().BeFalse();
    }

    [Fact]
    public async Task Bash_completes_with_the_script()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // A file whose name would come out of '-?' if the shell took it for a pattern.
        File.WriteAllText(PathOf("-x"), string.Empty);
        File.WriteAllText(PathOf("script"), await Cli().DoAsync("completion", "--shell", "bash"));
        File.WriteAllText(PathOf("suggested"), await Cli().DoAsync("[suggest:12]", "hwattest ek "));
        ProcessStartInfo start = new("bash") { RedirectStandardOutput = true, WorkingDirectory = _folder.FullName };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("""
            hwattest() { [ "$1" = "[suggest:12]" ] && cat suggested; }
            source ./script
            COMP_WORDS=(hwattest ek "") COMP_CWORD=2 COMP_LINE="hwattest ek " COMP_POINT=12
            _hwattest
            printf '%s\n' "${COMPREPLY[@]}"
            """);

        using Process bash = Process.Start(start)!;
        string[] completed = (await bash.StandardOutput.ReadToEndAsync()).Split('\n');

        completed.Should().Contain(["certificate", "list", "public", "verify", "--json"]).And.NotContain("-x");
    }

    [Fact]
    public async Task A_shell_is_told_what_can_follow()
    {
        string[] suggested = (await Cli().DoAsync("[suggest:12]", "hwattest ek ")).Split('\n', StringSplitOptions.TrimEntries);

        suggested.Should().Contain(["list", "certificate", "public", "verify"]);
        (await Cli().DoAsync("[suggest:30]", "hwattest ek public --template ")).Should().Contain("H-3");
        foreach (string shell in (string[])["bash", "zsh", "pwsh"])
        {
            (await Cli().DoAsync("completion", "--shell", shell)).Should().Contain("[suggest:");
        }
    }

    private static void Fails(Hwattest.Answer answer, int status, string words)
    {
        answer.Status.Should().Be(status, answer.Error);
        answer.Bytes.Should().BeEmpty();
        answer.Error.Should().StartWith("hwattest: ").And.Contain(words);
        answer.Error.TrimEnd().Should().NotContain("\n", "an error is one line");
    }

    private static async Task IsRefusedAsync(Hwattest cli, string[] arguments, params string[] checks)
    {
        Hwattest.Answer answer = await cli.RunAsync([.. arguments, "--json"]);
        answer.Status.Should().Be(Refused, answer.Error);
        JsonElement verdict = JsonDocument.Parse(answer.Output).RootElement;
        verdict.GetProperty("status").GetString().Should().Be("refused");
        verdict.GetProperty("findings").EnumerateArray()
            .Where(finding => finding.GetProperty("outcome").GetString() == "refused")
            .Select(finding => finding.GetProperty("check").GetString())
            .Should().BeEquivalentTo(checks);
    }

    private Hwattest Cli(string? deviceString = null) => new(_folder.FullName, deviceString);

    private string PathOf(string file) => Path.Combine(_folder.FullName, file);

    // .NET's own generator takes the hash from the request, and refuses none.
    private sealed class AnyHashSigning(RSA key, HashAlgorithmName hash) : X509SignatureGenerator
    {
        private readonly X509SignatureGenerator _inner = CreateForRSA(key, RSASignaturePadding.Pkcs1);

        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) => hash == HashAlgorithmName.SHA1
            ? Convert.FromHexString("300d06092a864886f70d0101050500")
            : _inner.GetSignatureAlgorithmIdentifier(hashAlgorithm);

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => key.SignData(data, hash, RSASignaturePadding.Pkcs1);

        protected override PublicKey BuildPublicKey() => _inner.PublicKey;
    }
}
