using System.Text;
using System.Text.RegularExpressions;
using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace HardwareAttestation.EndToEnd.Tests;

public sealed partial class DocumentationTests
{
    [Fact]
    public void Every_snippet_of_the_documentation_is_code_that_is_compiled_here()
    {
        Dictionary<string, string> regions = ReadRegions(Path.Combine(RepositoryFolder(), "tests/HardwareAttestation.EndToEnd.Tests/ReadmeSnippets.cs"));
        int snippets = 0;
        foreach (string page in Pages())
        {
            string text = File.ReadAllText(page);
            MatchCollection blocks = SnippetPattern().Matches(text);
            MatchCollection programs = ProgramPattern().Matches(text);
            (blocks.Count + programs.Count).Should().Be(
                CSharpBlockPattern().Count(text), $"each C# block of {page} says which region of the snippets, or which file, it shows");
            foreach (Match block in blocks)
            {
                IEnumerable<string> code = block.Groups["names"].Value
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(name => regions[name]);
                block.Groups["code"].Value.Should().Be(string.Join("\n", code), $"{page} shows {block.Groups["names"].Value} as it is compiled");
                snippets++;
            }

            foreach (Match program in programs)
            {
                string file = program.Groups["file"].Value;
                program.Groups["code"].Value.Should().Be(File.ReadAllText(Path.Combine(RepositoryFolder(), file)), $"{page} shows {file} as it is compiled");
                snippets++;
            }
        }

        snippets.Should().BeGreaterThan(1);
    }

    [Fact]
    public void No_diagram_has_a_semicolon_which_would_end_a_statement_in_its_midst_and_the_drawing_with_it()
    {
        List<string> diagrams = [.. Pages().SelectMany(page => DiagramPattern().Matches(File.ReadAllText(page)).Select(diagram => diagram.Groups["text"].Value))];

        diagrams.Should().NotBeEmpty().And.OnlyContain(diagram => !diagram.Contains(';', StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("agent")]
    [InlineData("server")]
    public void The_programs_of_getting_started_are_short(string program) =>
        File.ReadLines(Path.Combine(RepositoryFolder(), "samples/getting-started", program, "Program.cs")).Should().HaveCountLessThan(60);

    [Fact]
    public void Every_relative_link_of_the_documentation_leads_to_a_file_and_its_heading()
    {
        foreach (string page in Pages())
        {
            foreach (Match link in LinkPattern().Matches(File.ReadAllText(page)))
            {
                if (!link.Groups["target"].Value.Contains("://", StringComparison.Ordinal))
                {
                    string[] target = link.Groups["target"].Value.Split('#');
                    string path = target[0].Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, target[0]);
                    (File.Exists(path) || Directory.Exists(path)).Should().BeTrue($"{page} links to {target[0]}");
                    if (target.Length > 1)
                    {
                        HeadingPattern().Matches(File.ReadAllText(path)).Select(heading => Anchor(heading.Groups["text"].Value))
                            .Should().Contain(target[1], $"{page} links to that heading of {path}");
                    }
                }
            }
        }
    }

    [Fact]
    public async Task The_code_of_the_readme_enrols_a_machine_and_attests_it_at_the_next_boot()
    {
        TpmManufacturer manufacturer = await SharedMachines.GetManufacturerAsync();
        Server server = new(ReadmeSnippets.CreateVerifier(manufacturer.RootCertificatePath, manufacturer.IssuerCertificatePath));
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync(ofItsOwn: true);
        string folder = Directory.CreateTempSubdirectory("hwa-readme-").FullName;
        try
        {
            for (int boot = 0; boot < 2; boot++)
            {
                await using (ITpmDevice tpm = TpmDevice.Open(machine.DeviceString))
                {
                    (await ReadmeSnippets.RunAgentAsync(tpm, folder, server)).Should().BeTrue();
                }

                await machine.RebootAsync();
            }

            server.Enrolments.Should().Be(1);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_readmes_way_to_enrol_a_machine_again_works()
    {
        TpmManufacturer manufacturer = await SharedMachines.GetManufacturerAsync();
        AttestationVerifier verifier = ReadmeSnippets.CreateVerifier(manufacturer.RootCertificatePath, manufacturer.IssuerCertificatePath);
        Server server = new(verifier);
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        await using ITpmDevice tpm = TpmDevice.Open(machine.DeviceString);
        string folder = Directory.CreateTempSubdirectory("hwa-readme-").FullName;
        try
        {
            (await ReadmeSnippets.RunAgentAsync(tpm, folder, server)).Should().BeTrue();
            File.Delete(Path.Combine(folder, "boot.akblob"));
            (await ReadmeSnippets.RunAgentAsync(tpm, folder, server)).Should().BeFalse();

            (await verifier.Devices.RetireAsync(TestFleet.Node)).Succeeded.Should().BeTrue();
            (await verifier.Devices.GrantReenrollmentAsync(TestFleet.Node, TimeSpan.FromHours(1))).Succeeded.Should().BeTrue();

            (await ReadmeSnippets.RunAgentAsync(tpm, folder, server)).Should().BeTrue();
            server.Enrolments.Should().Be(2);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_readmes_policy_verifies_a_machine_with_the_value_that_is_allowed_and_no_other()
    {
        await using Agent agent = await Agent.StartAsync();
        PcrValue value = (await agent.Client.ReadPcrsAsync(TpmlPcrSelection.Parse("sha256:7"))).Single();
        foreach (bool isAllowed in new[] { true, false })
        {
            AttestationVerifier verifier = ReadmeSnippets.CreateStricterVerifier(
                await TestFleet.CreateOptionsAsync(), isAllowed ? value.Digest.ToArray() : [.. Enumerable.Repeat((byte)1, 32)], NullLogger<AttestationVerifier>.Instance);
            TpmKeyBlob blob = await agent.EnrollAsync(verifier);

            (await TestFleet.AttestAsync(verifier, agent.Client, blob)).Verdict.IsVerified.Should().Be(isAllowed);
        }
    }

    [Fact]
    public async Task The_readmes_further_code_makes_evidence_that_a_verifier_accepts()
    {
        byte[] nonce = [1, 2, 3, 4];
        byte[] data = "data"u8.ToArray();
        string folder = Directory.CreateTempSubdirectory("hwa-readme-").FullName;
        try
        {
            await using Agent agent = await Agent.StartAsync();
            FileTpmKeyStore store = new(folder);
            for (int start = 0; start < 2; start++)
            {
                (TpmtPublic key, TpmtPublic application, TpmAttestation[] attestations, TpmtSignature signature) =
                    await ReadmeSnippets.RunMoreAsync(agent.Client, store, "some value"u8.ToArray(), nonce, data);

                TpmKeyBlob blob = (await store.LoadAsync("storage"))!;
                EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync(blob.EndorsementTemplate);
                ReadmeSnippets.VerifyCertified(
                    Enrolled(blob, endorsementKey), nonce, application.EncodeSized(), attestations[0].Attest.ToArray(), attestations[0].Signature.Encode()).Verdict.ShouldBeVerified();
                EvidenceVerifier.VerifyTime(
                    new TimeExpectation { AttestationKey = key, Nonce = nonce },
                    attestations[1].Attest.Span,
                    attestations[1].Signature.Encode()).Verdict.ShouldBeVerified();
                attestations[2].Attested.Attested.Should().BeOfType<TpmsNVCertifyInfo>();
                signature.Should().NotBeNull();
            }

            (await store.LoadAsync("storage"))!.PersistentHandle.Should().NotBeNull();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_testing_pages_TPM_in_the_process_gives_a_quote()
    {
        string folder = Directory.CreateTempSubdirectory("hwa-libtpms-").FullName;
        try
        {
            TpmQuote quote = await ReadmeSnippets.RunOnLibtpmsAsync(folder, [1, 2, 3]);

            quote.Attested.ExtraData.ToArray().Should().Equal(1, 2, 3);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_testing_pages_recording_is_replayed_and_redacted()
    {
        string folder = Directory.CreateTempSubdirectory("hwa-transcript-").FullName;
        string file = Path.Combine(folder, "tpm.transcript");
        List<Version> versions = [];
        Func<ITpmDevice, Task> runAgentAsync = async tpm =>
        {
            await using AttestationClient client = new(tpm);
            versions.Add((await client.GetTpmInfoAsync()).FirmwareVersion);
        };
        try
        {
            await using (TestMachine machine = await SharedMachines.CreateTestMachineAsync())
            {
                await ReadmeSnippets.RecordAsync(machine.DeviceString, file, runAgentAsync);
            }

            await ReadmeSnippets.ReplayAsync(file, runAgentAsync);
            ReadmeSnippets.Redact(file, file + ".redacted");
            await ReadmeSnippets.ReplayAsync(file + ".redacted", runAgentAsync);

            versions.Should().HaveCount(3).And.OnlyContain(version => version == versions[0]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // As a server remembers it; but for the keys, nothing of it matters here.
    private static DeviceRecord Enrolled(TpmKeyBlob blob, EndorsementKey endorsementKey) => new()
    {
        NodeId = "node",
        EnrollmentId = "enrolment",
        EndorsementKeyId = string.Empty,
        EndorsementCertificate = default,
        EndorsementPublic = endorsementKey.Public.Encode(),
        AttestationPublic = blob.Public.Encode(),
        StorageParentPublic = blob.StorageParent!.Encode(),
        EnrolledAt = default,
        Status = DeviceStatus.Active,
    };

    private static string RepositoryFolder()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "HardwareAttestation.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }

    private static IEnumerable<string> Pages()
    {
        string root = RepositoryFolder();
        return Directory.EnumerateFiles(root, "*.md")
            .Concat(new[] { "benchmarks", "docs", "samples", "src", "tests" }.SelectMany(folder =>
                Directory.EnumerateFiles(Path.Combine(root, folder), "*.md", SearchOption.AllDirectories)
                    .Where(page => !BuiltPattern().IsMatch(page))));
    }

    // As the hosts of repositories make them.
    private static string Anchor(string heading) => NotInAnchorPattern().Replace(heading.Trim().ToLowerInvariant(), string.Empty).Replace(' ', '-');

    private static Dictionary<string, string> ReadRegions(string path)
    {
        Dictionary<string, string> regions = [];
        StringBuilder? current = null;
        string name = string.Empty;
        foreach (string line in File.ReadLines(path))
        {
            string trimmed = line.Trim();
            if (trimmed.StartsWith("#region ", StringComparison.Ordinal))
            {
                name = trimmed["#region ".Length..];
                current = new StringBuilder();
            }
            else if (trimmed == "#endregion")
            {
                regions.Add(name, current!.ToString());
                current = null;
            }
            else
            {
                const int MethodIndent = 8;
                current?.Append(line.Length > MethodIndent ? line[MethodIndent..] : line.Trim()).Append('\n');
            }
        }

        return regions;
    }

    [GeneratedRegex("<!-- snippet: (?<names>[a-z0-9 -]+) -->\n```csharp\n(?<code>.*?)```\n", RegexOptions.Singleline)]
    private static partial Regex SnippetPattern();

    [GeneratedRegex("<!-- file: (?<file>[A-Za-z0-9/._-]+) -->\n```csharp\n(?<code>.*?)```\n", RegexOptions.Singleline)]
    private static partial Regex ProgramPattern();

    [GeneratedRegex("```mermaid\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex DiagramPattern();

    [GeneratedRegex("^#+ (?<text>.*)$", RegexOptions.Multiline)]
    private static partial Regex HeadingPattern();

    [GeneratedRegex("[^a-z0-9 _-]")]
    private static partial Regex NotInAnchorPattern();

    // Packages and tools bring pages of their own.
    [GeneratedRegex(@"[/\\](bin|obj|artifacts|node_modules|BenchmarkDotNet\.Artifacts)[/\\]")]
    private static partial Regex BuiltPattern();

    [GeneratedRegex("^```csharp$", RegexOptions.Multiline)]
    private static partial Regex CSharpBlockPattern();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex LinkPattern();

    /// <summary>A server without a network: each message is passed by hand.</summary>
    private sealed class Server(AttestationVerifier verifier) : ReadmeSnippets.IServer
    {
        public int Enrolments { get; private set; }

        public async Task<CredentialChallenge?> BeginEnrollmentAsync(EnrollmentRequest request) =>
            (await ReadmeSnippets.BeginAsync(verifier, request)).Challenge;

        public async Task<bool> CompleteEnrollmentAsync(CredentialResponse response)
        {
            Enrolments++;
            return (await ReadmeSnippets.CompleteAsync(verifier, response)).Verdict.IsVerified;
        }

        public async Task<AttestationChallenge?> GetChallengeAsync(string node) => (await ReadmeSnippets.ChallengeAsync(verifier, node)).Challenge;

        public async Task<bool> VerifyAsync(AttestationEvidence evidence) => (await ReadmeSnippets.VerifyAsync(verifier, evidence)).Verdict.IsVerified;
    }
}
