namespace HardwareAttestation.Fleet.Tests.Agent;

/// <summary>Programs of samples/fleet where they are built, in the configuration of the tests: the copies beside the tests lack what ASP.NET brings along here, and not for them.</summary>
internal static class BuiltProgram
{
    public static string Agent { get; } = PathOf("agent", "fleet-agent.dll");

    public static string Demonstration { get; } = PathOf("demo", "fleet-demo.dll");

    // …/tests/HardwareAttestation.Fleet.Tests/bin/Release/net10.0/
    private static string PathOf(string project, string file)
    {
        DirectoryInfo framework = new(AppContext.BaseDirectory);
        DirectoryInfo configuration = framework.Parent!;
        DirectoryInfo repository = configuration.Parent!.Parent!.Parent!.Parent!;
        return Path.Combine(repository.FullName, "samples", "fleet", project, "bin", configuration.Name, framework.Name, file);
    }
}
