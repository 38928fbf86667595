using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace HardwareAttestation.Packages.Tests;

/// <summary>What is in the packages, as NuGet and a reader of its gallery see it.</summary>
public sealed partial class PackageTests
{
    private const string Abstractions = "HardwareAttestation.Abstractions";
    private static readonly string[] Extensions =
    [
        "Microsoft.Extensions.DependencyInjection.Abstractions",
        "Microsoft.Extensions.Logging.Abstractions",
        "Microsoft.Extensions.Options",
    ];

    // More needs a recorded decision in docs/decisions.
    private static readonly Dictionary<string, string[]> AllowedDependencies = new()
    {
        [Abstractions] = [],
        ["HardwareAttestation.Client"] = [Abstractions, .. Extensions],
        ["HardwareAttestation.Verifier"] = [Abstractions, .. Extensions, "System.Security.Cryptography.Pkcs"],
    };

    public static TheoryData<string> Ids => [.. PackedPackages.Ids];

    [Fact]
    public async Task There_are_three_packages_and_the_symbols_of_each()
    {
        PackedPackages packages = await PackedPackages.GetAsync();

        Directory.GetFiles(packages.Folder).Should().BeEquivalentTo(
            PackedPackages.Ids.SelectMany(id => new[] { packages.PathOf(id), packages.PathOf(id, ".snupkg") }));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task A_package_holds_the_assembly_its_documentation_and_a_readme(string id)
    {
        using Package package = (await PackedPackages.GetAsync()).Open(id);

        package.Files.Should().BeEquivalentTo($"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml", "README.md");
        XElement documentation = XElement.Parse(Encoding.UTF8.GetString(package.Read($"lib/net10.0/{id}.xml")).TrimStart('\uFEFF'));
        documentation.Descendants("member").Should().Contain(member => member.Attribute("name")!.Value.StartsWith("T:HardwareAttestation."));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task The_readme_of_a_package_has_no_link_that_leads_nowhere_outside_the_repository(string id)
    {
        using Package package = (await PackedPackages.GetAsync()).Open(id);

        string readme = Encoding.UTF8.GetString(package.Read("README.md"));

        readme.Should().StartWith($"# {id}\n");
        RelativeLinkPattern().Matches(readme).Select(link => link.Value).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task A_package_says_what_it_is_and_under_which_licence(string id)
    {
        using Package package = (await PackedPackages.GetAsync()).Open(id);

        package.Metadata("id").Value.Should().Be(id);
        package.Metadata("license").Attribute("type")!.Value.Should().Be("expression");
        package.Metadata("license").Value.Should().Be("MIT");
        package.Metadata("readme").Value.Should().Be("README.md");
        package.Metadata("authors").Value.Should().NotBe(id, "that is what the SDK writes where nobody says it");
        package.Metadata("description").Value.Should().StartWith("TPM 2.0 attestation for .NET");
        package.Metadata("tags").Value.Split(' ').Should().Contain(["TPM", "attestation"]);
        package.Metadata("repository").Attribute("type")!.Value.Should().Be("git");

        // A copy of the sources without their history, such as an archive, has no commit to name.
        if (Path.Exists(Path.Combine(PackedPackages.Repository, ".git")))
        {
            package.Metadata("repository").Attribute("commit")!.Value.Should().MatchRegex("^[0-9a-f]{40}$");
        }
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task A_package_depends_on_what_is_allowed_and_on_nothing_else(string id)
    {
        PackedPackages packages = await PackedPackages.GetAsync();
        using Package package = packages.Open(id);

        XElement group = package.Metadata("dependencies").Elements().Should().ContainSingle().Subject;

        group.Attribute("targetFramework")!.Value.Should().Be("net10.0");
        group.Elements().Select(dependency => dependency.Attribute("id")!.Value).Should().BeEquivalentTo(AllowedDependencies[id]);
        group.Elements().Where(dependency => dependency.Attribute("id")!.Value == Abstractions && dependency.Attribute("version")!.Value != packages.Version)
            .Should().BeEmpty("the packages ship together");
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task The_symbols_are_portable_and_those_of_the_assembly(string id)
    {
        PackedPackages packages = await PackedPackages.GetAsync();
        using Package package = packages.Open(id);
        using Package symbols = new(packages.PathOf(id, ".snupkg"));
        symbols.Files.Should().BeEquivalentTo($"lib/net10.0/{id}.pdb");
        using PEReader assembly = new(ImmutableArray.Create(package.Read($"lib/net10.0/{id}.dll")));
        using MetadataReaderProvider pdb = MetadataReaderProvider.FromPortablePdbImage(ImmutableArray.Create(symbols.Read($"lib/net10.0/{id}.pdb")));

        DebugDirectoryEntry entry = assembly.ReadDebugDirectory().Single(entry => entry.Type == DebugDirectoryEntryType.CodeView);

        entry.IsPortableCodeView.Should().BeTrue();
        BlobContentId expected = new(assembly.ReadCodeViewDebugDirectoryData(entry).Guid, entry.Stamp);
        new BlobContentId(pdb.GetMetadataReader().DebugMetadataHeader!.Id).Should().Be(expected);
    }

    [GeneratedRegex(@"\]\((?!https?://)[^)]*\)")]
    private static partial Regex RelativeLinkPattern();
}
