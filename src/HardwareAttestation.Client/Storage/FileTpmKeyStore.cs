using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HardwareAttestation.Client;

/// <summary>Keeps key blobs as files of one folder, <c>NAME.akblob</c>, which their owner alone may read on Unix.</summary>
/// <remarks>Safe to share between threads and processes.</remarks>
public sealed class FileTpmKeyStore : ITpmKeyStore
{
    private const string Extension = ".akblob";
    private const int MaximumNameLength = 64;
    private const int MaximumFileSize = 64 * 1024;
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyFolder = OwnerOnlyFile | UnixFileMode.UserExecute;
    private readonly string _folder;

    /// <summary>Initializes the store.</summary>
    /// <param name="directory">The folder; it is created when the first blob is saved.</param>
    public FileTpmKeyStore(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        _folder = Path.GetFullPath(directory);
    }

    /// <inheritdoc/>
    public async Task<TpmKeyBlob?> LoadAsync(string name, CancellationToken cancellationToken = default)
    {
        string path = PathOf(name);
        try
        {
            FileStream file = OpenToRead(path);
            await using (file.ConfigureAwait(false))
            {
                if (!file.CanSeek)
                {
                    throw new TpmKeyException("It is not a regular file.", TpmKeyFault.Unreadable);
                }

                if (file.Length > MaximumFileSize)
                {
                    throw new TpmKeyException($"The file is {file.Length} bytes long, and a blob has a few hundred.", TpmKeyFault.Damaged);
                }

                byte[] bytes = new byte[file.Length];
                await file.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
                return TpmKeyBlob.Parse(bytes);
            }
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TpmKeyException($"Key file {path} cannot be read: {exception.Message} The file was left as it is.", TpmKeyFault.Unreadable, exception);
        }
        catch (TpmKeyException exception)
        {
            throw new TpmKeyException($"Key file {path}: {exception.Message} The file was left as it is.", exception.Fault, exception);
        }
    }

    /// <inheritdoc/>
    public Task<bool> TryAddAsync(string name, TpmKeyBlob blob, CancellationToken cancellationToken = default) =>
        WriteAsync(name, blob, overwrite: false, cancellationToken);

    /// <inheritdoc/>
    public Task SaveAsync(string name, TpmKeyBlob blob, CancellationToken cancellationToken = default) =>
        WriteAsync(name, blob, overwrite: true, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        string path = PathOf(name);
        try
        {
            bool isThere = File.Exists(path);
            if (isThere)
            {
                File.Delete(path);
            }

            return Task.FromResult(isThere);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Task.FromException<bool>(new TpmKeyException(
                $"Key file {path} cannot be removed: {exception.Message} Remove it as a user who may write to its folder.", TpmKeyFault.Unwritable, exception));
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (string name in await Task.Run(ListNames, cancellationToken).ConfigureAwait(false))
        {
            yield return name;
        }
    }

    private void CreateFolder()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(_folder);
        }
        else
        {
            Directory.CreateDirectory(_folder, OwnerOnlyFolder);
        }
    }

    private string[] ListNames()
    {
        try
        {
            return
            [
                .. Directory.EnumerateFiles(_folder, "*" + Extension)
                    .Where(path => Path.GetExtension(path) == Extension)
                    .Select(path => Path.GetFileNameWithoutExtension(path))
                    .Where(IsName),
            ];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TpmKeyException(
                $"Key folder {_folder} cannot be read: {exception.Message} Let this user read it.", TpmKeyFault.Unreadable, exception);
        }
    }

    private async Task<bool> WriteAsync(string name, TpmKeyBlob blob, bool overwrite, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blob);
        string path = PathOf(name);
        try
        {
            CreateFolder();
            return await WriteAsync(path, blob.ToArray(), overwrite, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TpmKeyException(
                $"Key file {path} cannot be written: {exception.Message} Name a folder that this user may write to, on a disk with room.", TpmKeyFault.Unwritable, exception);
        }
    }

    // A temporary name, flushed, renamed: at every moment there is the old blob or the new one.
    private async Task<bool> WriteAsync(string path, byte[] bytes, bool overwrite, CancellationToken cancellationToken)
    {
        string temporary = Path.Combine(_folder, $".{Path.GetFileNameWithoutExtension(path)}.{Guid.NewGuid():N}.tmp");
        try
        {
            FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = OwnerOnlyFile;
            }

            FileStream file = new(temporary, options);
            await using (file.ConfigureAwait(false))
            {
                await file.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
                await file.FlushAsync(cancellationToken).ConfigureAwait(false);
                RandomAccess.FlushToDisk(file.SafeFileHandle);
            }

            if (!TryMove(temporary, path, overwrite))
            {
                File.Delete(temporary);
                return false;
            }

            FlushFolder(_folder);
            return true;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static bool TryMove(string temporary, string path, bool overwrite)
    {
        if (!overwrite && !OperatingSystem.IsWindows())
        {
            return TryLink(temporary, path);
        }

        try
        {
            File.Move(temporary, path, overwrite);
            return true;
        }
        catch (IOException) when (!overwrite && Path.Exists(path))
        {
            return false;
        }
    }

    // On Unix, File.Move looks whether there is a file and renames if not: two who look at once both rename. A second name is given to one only.
    private static bool TryLink(string temporary, string path)
    {
        if (LinuxNative.Link(temporary, path) == 0)
        {
            File.Delete(temporary);
            return true;
        }

        int error = Marshal.GetLastPInvokeError();
        return error == LinuxNative.Exists
            ? false
            : throw new IOException($"{Marshal.GetPInvokeErrorMessage(error)}. The file system must be one with hard links.");
    }

    // On Linux, opening a pipe would wait for its other end, for ever: O_NONBLOCK does not, and is nothing to a file.
    private static FileStream OpenToRead(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            SafeFileHandle? handle = LinuxNative.Open(path, LinuxNative.NonBlocking | LinuxNative.CloseOnExec);
            try
            {
                if (!handle.IsInvalid)
                {
                    FileStream stream = new(handle, FileAccess.Read);
                    handle = null;
                    return stream;
                }
            }
            finally
            {
                handle?.Dispose();
            }
        }

        // Where Linux refused, the platform says why in its own words.
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
    }

    // The new name of the file is safe when the folder is. Windows' file systems see to that themselves.
    private static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsLinux())
        {
            using SafeFileHandle handle = LinuxNative.Open(folder, LinuxNative.CloseOnExec);
            if (!handle.IsInvalid)
            {
                RandomAccess.FlushToDisk(handle);
            }
        }
    }

    private static bool IsAllowed(char character) => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '.' or '_' or '-';

    private static bool IsName(string name) => name.Length is > 0 and <= MaximumNameLength && name[0] != '.' && name.All(IsAllowed);

    private string PathOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return IsName(name)
            ? Path.Combine(_folder, name + Extension)
            : throw new ArgumentException(
                $"'{name}' is not a name for a key: 1 to {MaximumNameLength} of a-z 0-9 . _ -, not beginning with a dot.", nameof(name));
    }
}
