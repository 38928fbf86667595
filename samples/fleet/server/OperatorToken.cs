using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Fleet.Server;

/// <summary>The secret that operators present. It lies in a file, and only its digest in memory.</summary>
internal sealed class OperatorToken
{
    private const int LeastCharacters = 32;
    private const int MostCharacters = 512;
    private const int RandomBytes = 32;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly byte[] _digest;

    private OperatorToken(string path, string token)
    {
        Path = path;
        _digest = Digest(token);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Whether others than its owner may read the file.</summary>
    public bool IsReadableByOthers => AreAllowed(Path, UnixFileMode.GroupRead | UnixFileMode.OtherRead);

    /// <summary>Reads the token, or makes one at the first start. Of several servers that start in one folder at once, one makes it and the others read it.</summary>
    /// <exception cref="FleetOptionsException">The file cannot be read or made, may be written by others, or holds no token.</exception>
    public static OperatorToken LoadOrCreate(FleetOptions options)
    {
        string path = System.IO.Path.GetFullPath(options.OperatorTokenFile ?? System.IO.Path.Combine(options.DataFolder, "operator.token"));
        try
        {
            if (!File.Exists(path))
            {
                Create(path);
            }

            // Who may write it makes himself an operator.
            if (AreAllowed(path, UnixFileMode.GroupWrite | UnixFileMode.OtherWrite))
            {
                throw new FleetOptionsException($"The operators' token in {path} can be written by other users of this machine: take that right away (chmod go-w), and look whether it still is the token that you gave.");
            }

            string token = File.ReadAllText(path).Trim();
            return token.Length is >= LeastCharacters and <= MostCharacters
                ? new OperatorToken(path, token)
                : throw new FleetOptionsException($"The operators' token in {path} has {token.Length} characters: {LeastCharacters} to {MostCharacters} are needed. Remove the file to have one made.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FleetOptionsException($"The operators' token in {path} cannot be read or made: {exception.Message}", exception);
        }
    }

    /// <summary>Whether somebody presents the token. Takes the same time whatever is presented, but for its length.</summary>
    public bool IsPresented(string token) => token.Length <= MostCharacters && CryptographicOperations.FixedTimeEquals(Digest(token), _digest);

    private static bool AreAllowed(string path, UnixFileMode rights) => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & rights) != 0;

    private static byte[] Digest(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    // Written whole under another name first: nobody reads half a token.
    private static void Create(string path)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        string draft = $"{path}.{Guid.NewGuid():N}";
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        try
        {
            using (StreamWriter writer = new(draft, options))
            {
                writer.WriteLine(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes)));
            }

            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another server was faster.
            File.Delete(draft);
        }
    }
}
