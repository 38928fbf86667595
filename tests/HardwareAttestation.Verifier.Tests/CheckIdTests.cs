using System.Reflection;
using System.Text.RegularExpressions;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests;

/// <summary>Relying parties decide by the ids of checks, so the documentation has to name them all, and none besides.</summary>
public sealed partial class CheckIdTests
{
    private static readonly string[] Ids = [.. typeof(CheckIds)
        .GetFields(BindingFlags.Static | BindingFlags.Public)
        .Select(field => (string)field.GetRawConstantValue()!)];

    [Fact]
    public void The_documentation_lists_every_check_and_no_other()
    {
        string[] documented = [.. File.ReadLines(Repository.Find("docs/checks.md"))
            .Select(line => FirstColumn().Match(line))
            .Where(match => match.Success)
            .Select(match => match.Groups["id"].Value)];

        documented.Should().BeEquivalentTo(Ids).And.OnlyHaveUniqueItems();
    }

    [Fact]
    public void Ids_are_unique_and_of_one_form()
    {
        Ids.Should().OnlyHaveUniqueItems();
        Ids.Should().OnlyContain(id => Form().IsMatch(id));
    }

    // A row of a table whose first column is an id in backticks.
    [GeneratedRegex(@"^\|\s*`(?<id>[^`]+)`\s*\|")]
    private static partial Regex FirstColumn();

    [GeneratedRegex(@"\A[a-z]+(\.[a-z]+(-[a-z]+)*)+\z")]
    private static partial Regex Form();
}
