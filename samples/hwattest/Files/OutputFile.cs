namespace HwAttest.Files;

/// <summary>Writes the files that the caller names, whole or not at all.</summary>
internal static class OutputFile
{
    private const string StandardOutput = "-";

    // What other names a shell's user has for it.
    private static readonly string[] StandardOutputs = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

    public static bool IsStandardOutput(string path) =>
        path == StandardOutput || (!OperatingSystem.IsWindows() && StandardOutputs.Contains(path, StringComparer.Ordinal));

    /// <summary>Whether there is a key in the place of what is to be written, which would be lost.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">What is to be written; the same key again is no loss.</param>
    public static bool WouldReplaceKey(string path, ReadOnlySpan<byte> content)
    {
        if (IsStandardOutput(path) || !IsFileWithContent(path))
        {
            return false;
        }

        byte[] start = new byte[64 * 1024];
        int size;
        try
        {
            using FileStream stream = File.OpenRead(path);
            size = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Writing it says what is wrong.
            return false;
        }

        ReadOnlySpan<byte> there = start.AsSpan(0, size);
        return (there.StartsWith("HAAK"u8) || there.StartsWith("-----BEGIN TSS2 PRIVATE KEY"u8)) && !there.SequenceEqual(content);
    }

    /// <summary>Whether there is a file that has something in it: neither a device nor what mktemp leaves.</summary>
    public static bool IsFileWithContent(string path) => File.Exists(path) && new FileInfo(path).Length > 0;

    /// <summary>Writes a file: to a temporary name beside it, flushed, then renamed. A device is written to directly.</summary>
    /// <param name="path">The file; replaced if there is one.</param>
    /// <param name="content">Its content.</param>
    /// <param name="isPrivate">Whether only the owner may read it.</param>
    public static void Write(string path, byte[] content, bool isPrivate)
    {
        if (IsStandardOutput(path))
        {
            using Stream output = Console.OpenStandardOutput();
            output.Write(content);
            return;
        }

        try
        {
            if (IsSpecial(path))
            {
                File.WriteAllBytes(path, content);
                return;
            }

            WriteAtomically(Path.GetFullPath(path), content, isPrivate);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new MisuseException($"'{path}' cannot be written: {PlainText.Of(exception)} Check that its folder exists and who may write there.", exception);
        }
    }

    // Renaming onto a device would put a file in its place.
    private static bool IsSpecial(string path) =>
        !OperatingSystem.IsWindows() && Path.GetFullPath(path) is { } full && (full.StartsWith("/dev/", StringComparison.Ordinal) || full.StartsWith("/proc/", StringComparison.Ordinal));

    private static void WriteAtomically(string path, byte[] content, bool isPrivate)
    {
        if (Directory.Exists(path))
        {
            throw new MisuseException($"'{path}' is a folder: name a file.");
        }

        if (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw new MisuseException($"'{path}' cannot be written: there is no folder '{Path.GetDirectoryName(path)}'. Create it first.");
        }

        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (isPrivate && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            using (FileStream stream = new(temporary, options))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
