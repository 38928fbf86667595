using System.Diagnostics;
using HardwareAttestation.FleetLoad.Faults;

namespace HardwareAttestation.Fleet.Tests.Faults;

/// <summary>A test that gives a server a small disk of its own. Not every container lets a process have one.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SmallDiskFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> IsPossible = new(Try);

    public SmallDiskFactAttribute()
    {
        if (!IsPossible.Value)
        {
            Skip = "The kernel lets this process mount nothing, not even for itself alone.";
        }
    }

    private static bool Try()
    {
        string folder = Directory.CreateTempSubdirectory("small-disk-").FullName;
        try
        {
            IReadOnlyList<string> wrapper = new SmallDisk(folder).Wrapper;
            using Process process = Process.Start(new ProcessStartInfo(wrapper[0], [.. wrapper.Skip(1), "true"]) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
        finally
        {
            Directory.Delete(folder);
        }
    }
}
