using HardwareAttestation.Emulation;

namespace HardwareAttestation.Packages.Tests;

public sealed class DeterminismTests
{
    [Fact]
    public async Task The_same_sources_in_two_folders_give_the_same_assemblies_byte_for_byte()
    {
        string first = await PackCopyAsync("first");
        string second = await PackCopyAsync("the-second");

        foreach (string id in PackedPackages.Ids)
        {
            string assembly = $"lib/net10.0/{id}.dll";
            using Package one = new(Directory.GetFiles(first, id + ".*.nupkg").Single());
            using Package other = new(Directory.GetFiles(second, id + ".*.nupkg").Single());
            one.Read(assembly).AsSpan().SequenceEqual(other.Read(assembly)).Should().BeTrue($"{id} depends on its sources alone");
        }
    }

    private static async Task<string> PackCopyAsync(string name)
    {
        string copy = Path.Combine(ProcessFolder.CreateFolder("s"), name);
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.EnumerateFiles(PackedPackages.Repository, "Directory.*.props"))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        CopySources(Path.Combine(PackedPackages.Repository, "src"), Path.Combine(copy, "src"));

        // What the build of a release does by itself where it finds the history: paths begin at the root of the repository. Analysers do not write code.
        return await PackedPackages.PackAsync(
            copy, "--configuration", "Release", "-p:RunAnalyzers=false", "-p:ContinuousIntegrationBuild=false", $"-p:PathMap={copy}=/_");
    }

    private static void CopySources(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        foreach (string folder in Directory.EnumerateDirectories(from))
        {
            string name = Path.GetFileName(folder);
            if (name is not ("bin" or "obj"))
            {
                CopySources(folder, Path.Combine(to, name));
            }
        }
    }
}
