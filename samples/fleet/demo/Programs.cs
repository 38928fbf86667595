namespace Fleet.Demo;

/// <summary>The programs of this sample, where they were built: beside this one, in the same configuration.</summary>
internal static class Programs
{
    public static string Server { get; } = PathOf("server", "fleet-server.dll");

    public static string Agent { get; } = PathOf("agent", "fleet-agent.dll");

    // …/samples/fleet/demo/bin/Release/net10.0/
    private static string PathOf(string project, string file)
    {
        DirectoryInfo framework = new(AppContext.BaseDirectory);
        DirectoryInfo configuration = framework.Parent!;
        DirectoryInfo samples = configuration.Parent!.Parent!.Parent!;
        string path = Path.Combine(samples.FullName, project, "bin", configuration.Name, framework.Name, file);
        return File.Exists(path)
            ? path
            : throw new DemoException($"{path} was not found. Start the demonstration with samples/fleet/run.sh, which builds it.");
    }
}
