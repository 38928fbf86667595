using System.Reflection;
using System.Text;

namespace HardwareAttestation.Interoperability.Tests;

/// <summary>The page on interoperability lists the tests of this project, by their names.</summary>
public sealed class InteroperabilityTableTests
{
    private const string Begin = "<!-- made from the names of the tests -->\n";
    private const string End = "<!-- end -->";

    private static readonly (string Title, Type[] Tests)[] Chapters =
    [
        ("Identity", [typeof(IdentityTests)]),
        ("Credentials", [typeof(CredentialTests)]),
        ("Evidence", [typeof(QuoteTests), typeof(EvidenceTests)]),
        ("The protocol", [typeof(ProtocolTests)]),
        ("Files, through hwattest", [typeof(CommandLine.ExchangeTests)]),
        ("The simulator's protocol", [typeof(SimulatorTests)]),
    ];

    [Fact]
    public void The_page_lists_each_test()
    {
        string page = File.ReadAllText(Repository.PathOf("docs/interoperability.md"));
        int begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;

        page[begin..page.IndexOf(End, StringComparison.Ordinal)].Should().Be(MakeTable());
    }

    private static string MakeTable()
    {
        StringBuilder table = new("\n| | what a test shows, with Debian's tpm2-tools and swtpm |\n| --- | --- |\n");
        foreach ((string title, Type[] tests) in Chapters)
        {
            foreach (string name in tests.SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
                .Where(method => method.GetCustomAttribute<FactAttribute>() is not null)
                .Select(method => method.Name))
            {
                table.Append("| ").Append(title).Append(" | ").Append(name.Replace('_', ' ').Replace("tpm2 ", "tpm2_", StringComparison.Ordinal)).Append(" |\n");
            }
        }

        return table.Append('\n').ToString();
    }
}
