namespace HardwareAttestation.Interoperability.Tests;

/// <summary>Files of this repository.</summary>
internal static class Repository
{
    public static string PathOf(string file)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "HardwareAttestation.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine((folder ?? throw new InvalidOperationException("The tests do not run inside of the repository.")).FullName, file);
    }
}
