namespace HwAttest.Files;

/// <summary>Writes the files that the caller names, whole or not at all.</summary>
internal static class OutputFile
{
    public const string StandardOutput = "-";

    /// <summary>Writes a file: to a temporary name beside it, flushed, then renamed. A device is written to directly.</summary>
    /// <param name="path">The file; replaced if there is one.</param>
    /// <param name="content">Its content.</param>
    /// <param name="isPrivate">Whether only the owner may read it.</param>
    public static void Write(string path, byte[] content, bool isPrivate)
    {
        if (path == StandardOutput)
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
