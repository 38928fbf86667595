namespace HardwareAttestation.FleetLoad.Faults;

/// <summary>
/// A disk of a server's own that holds little: a file system in memory, which only the server sees (unshare of util-linux: as anybody, where the kernel lets anybody have namespaces). What is on
/// it is gone with the server.
/// </summary>
internal sealed class SmallDisk(string folder)
{
    private const int Megabytes = 32;

    /// <summary>What a server is started by to have the disk in place of the folder.</summary>
    public IReadOnlyList<string> Wrapper =>
    [
        "unshare", "--user", "--map-root-user", "--mount", "sh", "-c", $"""mount -t tmpfs -o size={Megabytes}m,mode=700 none "$0" && exec "$@" """, folder,
    ];

    /// <summary>Fills the disk of a running server to the last byte.</summary>
    public void Fill(int processId)
    {
        using FileStream ballast = new(BallastOf(processId), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (int size = 1024 * 1024; size > 0; size /= 2)
        {
            byte[] block = new byte[size];
            try
            {
                while (ballast.Length < Megabytes * 1024L * 1024L)
                {
                    ballast.Write(block);
                }
            }
            catch (IOException)
            {
                // There is no room for as much: a half may fit.
            }
        }
    }

    /// <summary>Makes room again.</summary>
    public void Clear(int processId) => File.Delete(BallastOf(processId));

    // A process' root folder, with the file systems that it sees (proc(5)).
    private string BallastOf(int processId) => $"/proc/{processId}/root{folder}/ballast";
}
