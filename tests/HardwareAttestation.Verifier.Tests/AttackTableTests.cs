using System.Text.RegularExpressions;

namespace HardwareAttestation.Verifier.Tests;

/// <summary>
/// A test that sends an attack begins with the attack's number, and docs/checks.md says where they are. Both are read here: a line that promises a test has one, and an attack
/// without a test is called so.
/// </summary>
public sealed partial class AttackTableTests
{
    private const string NoTest = "none yet";

    /// <summary>The attacks that a verifier answers; the others are of event logs and of the machine itself.</summary>
    private static readonly string[] Attacks = [.. Enumerable.Range(1, 42).Append(51).Select(number => $"A{number:00}")];

    private static readonly Dictionary<string, HashSet<string>> ClassesByAttack = FindTests();

    private static readonly (string Attack, string Tests)[] Rows = [.. File.ReadLines(Path.Combine(RepositoryFolder(), "docs", "checks.md"))
        .Select(line => Row().Match(line))
        .Where(match => match.Success)
        .Select(match => (match.Groups["attack"].Value, match.Groups["tests"].Value))];

    public static TheoryData<string> AllAttacks => [.. Attacks];

    [Fact]
    public void The_table_has_a_line_for_each_attack_on_a_verifier() => Rows.Select(row => row.Attack).Should().Equal(Attacks);

    [Theory]
    [MemberData(nameof(AllAttacks))]
    public void The_tests_that_the_table_names_are_there(string attack)
    {
        string tests = Rows.Single(row => row.Attack == attack).Tests;
        HashSet<string> classes = ClassesByAttack.GetValueOrDefault(attack, []);
        string[] named = [.. ClassName().Matches(tests).Select(match => match.Groups["name"].Value)];

        if (classes.Count == 0)
        {
            tests.Should().Be(NoTest, $"no test's name begins with {attack}_");
        }
        else
        {
            named.Should().NotBeEmpty($"there are tests of {attack} in {string.Join(", ", classes)}");
            named.Should().BeSubsetOf(classes, $"each class that the table names for {attack} has a test of it");
        }
    }

    private static Dictionary<string, HashSet<string>> FindTests()
    {
        Dictionary<string, HashSet<string>> classes = [];
        foreach (string file in Directory.EnumerateFiles(Path.Combine(RepositoryFolder(), "tests"), "*.cs", SearchOption.AllDirectories))
        {
            foreach (Match test in Test().Matches(File.ReadAllText(file)))
            {
                foreach (Capture attack in test.Groups["attack"].Captures)
                {
                    if (!classes.TryGetValue(attack.Value, out HashSet<string>? found))
                    {
                        classes.Add(attack.Value, found = []);
                    }

                    found.Add(Path.GetFileNameWithoutExtension(file));
                }
            }
        }

        return classes;
    }

    private static string RepositoryFolder()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "HardwareAttestation.sln")))
            {
                return folder.FullName;
            }
        }

        throw new FileNotFoundException("The tests run outside of the repository, and need its docs and tests.");
    }

    // A fact or theory, which may have several attacks in its name: A07_A08_KeyWhoseNumbersAreNotThoseOfAKey_IsRefused.
    [GeneratedRegex(@"^    public (?:async )?(?:Task|void) (?:(?<attack>A\d\d)_)+\w+\(", RegexOptions.Multiline)]
    private static partial Regex Test();

    [GeneratedRegex(@"^\| (?<attack>A\d\d) \|[^|]*\| (?<tests>[^|]*) \|$")]
    private static partial Regex Row();

    [GeneratedRegex("`(?<name>[A-Za-z0-9]+)`")]
    private static partial Regex ClassName();
}
