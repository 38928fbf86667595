using System.Runtime.Versioning;

namespace HardwareAttestation.Client;

/// <summary>
/// What a TPM of libtpms remembers: a folder with a file for each kind of state, under libtpms' own name for it and with its own content. One
/// process has it at a time. The files hold the TPM's seeds, so only the owner may read them.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class LibtpmsState : IDisposable
{
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const string LockFile = ".lock";
    private const string TemporaryExtension = ".tmp";

    private readonly string _folder;
    private readonly FileStream _lock;

    private LibtpmsState(string folder, FileStream @lock)
    {
        _folder = folder;
        _lock = @lock;
    }

    /// <summary>What went wrong in a callback of libtpms, through which no exception passes.</summary>
    internal Exception? Failure { get; set; }

    /// <summary>Opens the state in a folder, which is created where it is missing.</summary>
    /// <exception cref="TpmDeviceException">The folder cannot be used, or another process has it.</exception>
    internal static LibtpmsState Open(string device, string folder)
    {
        try
        {
            Directory.CreateDirectory(folder, OwnerOnlyFile | UnixFileMode.UserExecute);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TpmDeviceException(device, $"the folder {folder} cannot be created: {exception.Message}", exception);
        }

        try
        {
            return new LibtpmsState(folder, new FileStream(Path.Combine(folder, LockFile), OwnerOnly(FileMode.OpenOrCreate)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TpmDeviceException(
                device,
                $"the TPM's state in {folder} cannot be had: {exception.Message} Name a folder that this user may write to, and that no other process uses.",
                exception);
        }
    }

    /// <summary>A kind of state, or null where there is none yet.</summary>
    internal byte[]? Load(string name)
    {
        string path = PathOf(name);
        return File.Exists(path) ? File.ReadAllBytes(path) : null;
    }

    /// <summary>Replaces a kind of state: at every moment there is the old one or the new one.</summary>
    internal void Store(string name, ReadOnlySpan<byte> bytes)
    {
        string path = PathOf(name);
        string temporary = path + TemporaryExtension;
        using (FileStream file = new(temporary, OwnerOnly(FileMode.Create)))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Removes a kind of state, if there is any.</summary>
    internal void Delete(string name) => File.Delete(PathOf(name));

    public void Dispose() => _lock.Dispose();

    private static FileStreamOptions OwnerOnly(FileMode mode) => new()
    {
        Mode = mode,
        Access = FileAccess.Write,
        Share = FileShare.None,
        UnixCreateMode = OwnerOnlyFile,
    };

    // Names are libtpms' own words, such as "permall"; whatever else came would not be let out of the folder.
    private string PathOf(string name) => Path.Combine(_folder, Path.GetFileName(name));
}
