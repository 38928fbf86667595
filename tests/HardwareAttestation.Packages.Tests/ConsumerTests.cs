namespace HardwareAttestation.Packages.Tests;

/// <summary>The README's code in a project that has the packages and nothing of the repository.</summary>
public sealed class ConsumerTests
{
    private static readonly string[] Expected =
    [
        "enrolled as rack1-node7",
        "rack1-node7 is the machine that was enrolled",
        "verified",
        "rack1-node7 is the machine that was enrolled",
        "verified",
    ];

    [Fact]
    public async Task A_project_that_references_the_packages_compiles_the_code_of_the_readme_enrols_and_attests()
    {
        ConsumerProject project = await ConsumerProject.CreateAsync();

        (string folder, string output) = await project.MakeAsync("build");

        output.Should().Contain("0 Warning(s)");
        PackedPackages.Ids.Should().OnlyContain(id => project.HasRestored(id));
        string said = await project.RunAsync("dotnet", Path.Combine(folder, "Consumer.dll"));
        said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().Equal(Expected);
    }

    [Fact]
    public async Task The_same_project_published_trimmed_has_no_warning_enrols_and_attests()
    {
        ConsumerProject project = await ConsumerProject.CreateAsync();

        (string folder, string output) = await project.MakeAsync("publish", "--use-current-runtime", "--self-contained", "true", "-p:PublishTrimmed=true");

        output.Should().NotContain("warning");
        PackedPackages.Ids.Should().OnlyContain(id => project.HasRestored(id));
        File.Exists(Path.Combine(folder, "System.Private.Xml.dll")).Should().BeFalse("what nobody uses is trimmed");
        string said = await project.RunAsync(Path.Combine(folder, "Consumer"));
        said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().Equal(Expected);
    }
}
