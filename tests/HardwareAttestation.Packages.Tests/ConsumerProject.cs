using System.Xml.Linq;
using HardwareAttestation.Emulation;

namespace HardwareAttestation.Packages.Tests;

/// <summary>
/// A copy of the project in the folder Consumer, outside the repository: it gets our packages from the folder where they were packed, and everything else as
/// any project on this machine does.
/// </summary>
internal sealed class ConsumerProject
{
    private const string OwnPackages = "hardwareattestation.";
    private readonly PackedPackages _packages;
    private readonly string _root = ProcessFolder.CreateFolder("c");

    private ConsumerProject(PackedPackages packages)
    {
        _packages = packages;
    }

    private string ProjectFolder => Path.Combine(_root, "project");

    // The machine's cache never sees our packages, of which the next build has the same version.
    private string RestoredFolder => Path.Combine(_root, "restored");

    private string CacheFolder => Path.Combine(_root, "cache");

    /// <summary>Copies the project.</summary>
    public static async Task<ConsumerProject> CreateAsync()
    {
        ConsumerProject project = new(await PackedPackages.GetAsync());
        Directory.CreateDirectory(project.ProjectFolder);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Consumer")))
        {
            File.Copy(file, Path.Combine(project.ProjectFolder, Path.GetFileName(file)));
        }

        new XElement("configuration", new XElement("packageSources", Add("packed", project._packages.Folder)))
            .Save(Path.Combine(project.ProjectFolder, "nuget.config"));
        await project.LinkCacheAsync();
        return project;
    }

    /// <summary>Restores and builds the project, or publishes it.</summary>
    /// <returns>The folder with the program, and what the build wrote.</returns>
    public async Task<(string Folder, string Output)> MakeAsync(string verb, params string[] arguments)
    {
        string folder = Path.Combine(_root, "made");
        string output = await Command.RunDotnetAsync(
            ProjectFolder,
            [
                verb, "--configuration", "Release", "--output", folder, $"-p:HardwareAttestationVersion={_packages.Version}",
                $"-p:RestorePackagesPath={RestoredFolder}", $"-p:RestoreFallbackFolders={CacheFolder}", .. arguments,
            ]);
        return (folder, output);
    }

    /// <summary>Runs what was made on a new machine.</summary>
    /// <returns>What the program wrote.</returns>
    public async Task<string> RunAsync(string program, params string[] arguments)
    {
        TpmManufacturer manufacturer = await SharedMachines.GetManufacturerAsync();
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync();
        string keys = Path.Combine(_root, "keys");
        return await Command.RunAsync(
            _root, program, [.. arguments, machine.DeviceString, keys, manufacturer.RootCertificatePath, manufacturer.IssuerCertificatePath]);
    }

    /// <summary>Whether the project was given the very package that was packed, and not another with its version.</summary>
    public bool HasRestored(string id)
    {
        string restored = Path.Combine(RestoredFolder, id.ToLowerInvariant(), _packages.Version, $"{id.ToLowerInvariant()}.{_packages.Version}.nupkg");
        return File.Exists(restored) && File.ReadAllBytes(restored).AsSpan().SequenceEqual(File.ReadAllBytes(_packages.PathOf(id)));
    }

    private static XElement Add(string key, string value) => new("add", new XAttribute("key", key), new XAttribute("value", value));

    // What is in the machine's cache need not be fetched again; only our own packages must not come from there.
    private async Task LinkCacheAsync()
    {
        Directory.CreateDirectory(CacheFolder);
        string said = await Command.RunDotnetAsync(ProjectFolder, "nuget", "locals", "global-packages", "--list");
        foreach (string package in Directory.EnumerateDirectories(said[(said.IndexOf(':') + 1)..].Trim()))
        {
            string name = Path.GetFileName(package);
            if (!name.StartsWith(OwnPackages, StringComparison.Ordinal))
            {
                Directory.CreateSymbolicLink(Path.Combine(CacheFolder, name), package);
            }
        }
    }
}
