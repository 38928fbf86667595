using HardwareAttestation.Emulation;

namespace HardwareAttestation.Fleet.Tests.Agent;

/// <summary>What samples/fleet/run.sh starts, as it was built with the tests.</summary>
public sealed class DemonstrationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    [Theory]
    [InlineData("SQLite")]
    [InlineData("PostgreSQL", "--postgres")]
    public async Task Each_step_of_the_story_goes_as_it_should(string storage, params string[] arguments)
    {
        await using SupervisedProcess demonstration = SupervisedProcess.Start($"The demonstration on {storage}", ["dotnet", BuiltProgram.Demonstration, "--check", .. arguments]);

        (await demonstration.WaitForExitAsync(Patience)).Should().Be(0, demonstration.Output);

        demonstration.Output.Should().Contain("All went as it should.").And.Contain("signature.valid");
    }
}
