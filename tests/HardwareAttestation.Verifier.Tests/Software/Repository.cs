namespace HardwareAttestation.Verifier.Tests;

/// <summary>Files of the repository that the tests run in.</summary>
internal static class Repository
{
    public static string Find(string path)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "HardwareAttestation.sln")))
            {
                return Path.Combine(folder.FullName, path);
            }
        }

        throw new FileNotFoundException($"The tests run outside of the repository, and need its {path}.");
    }
}
