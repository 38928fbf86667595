using System.Xml.Linq;
using HardwareAttestation.Emulation;

namespace HardwareAttestation.Packages.Tests;

/// <summary>The packages of what is built, packed once in the life of the process. Gone when the process ends.</summary>
internal sealed class PackedPackages
{
    /// <summary>The packages that ship.</summary>
    public static readonly IReadOnlyList<string> Ids =
        ["HardwareAttestation.Abstractions", "HardwareAttestation.Client", "HardwareAttestation.Verifier"];

    private static readonly Lazy<Task<PackedPackages>> Packed = new(PackAsync);

    private PackedPackages(string folder)
    {
        Folder = folder;
        using Package package = Open(Ids[0]);
        Version = package.Metadata("version").Value;
    }

    /// <summary>The folder of the repository.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The folder with the three packages and their symbols.</summary>
    public string Folder { get; }

    /// <summary>The version of all three.</summary>
    public string Version { get; }

    /// <summary>The packages.</summary>
    public static Task<PackedPackages> GetAsync() => Packed.Value;

    /// <summary>Packs the three packages of a working copy.</summary>
    /// <returns>The folder with the packages.</returns>
    public static async Task<string> PackAsync(string repository, params string[] arguments)
    {
        string folder = ProcessFolder.CreateFolder("p");
        string solution = Path.Combine(folder, "packages.slnx");
        new XElement(
            "Solution",
            Ids.Select(id => new XElement("Project", new XAttribute("Path", Path.Combine(repository, "src", id, id + ".csproj"))))).Save(solution);
        string packages = Path.Combine(folder, "packages");
        await Command.RunDotnetAsync(folder, ["pack", solution, "--output", packages, .. arguments]);
        return packages;
    }

    /// <summary>The path of a package, or of its symbols.</summary>
    public string PathOf(string id, string extension = ".nupkg") => Path.Combine(Folder, $"{id}.{Version}{extension}");

    /// <summary>Opens a package.</summary>
    public Package Open(string id) => new(Directory.GetFiles(Folder, id + ".*.nupkg").Single());

    private static async Task<PackedPackages> PackAsync()
    {
        // …/tests/HardwareAttestation.Packages.Tests/bin/Release/net10.0/
        string configuration = Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))!);
        return new PackedPackages(await PackAsync(Repository, "--no-build", "--configuration", configuration));
    }

    private static string FindRepository()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "HardwareAttestation.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
