using System.Text;
using System.Text.Json;

namespace HardwareAttestation.Client.Testing;

/// <summary>
/// The text of a transcript: lines of JSON, the first about the whole (<c>transcript</c>: the version, <c>device</c>, <c>resourceManager</c>, <c>redacted</c>, <c>seed</c>), each
/// other about one command (<c>command</c>, <c>response</c> or <c>error</c>). <c>name</c> and <c>code</c> are for readers, and are not read back.
/// </summary>
internal static class TranscriptText
{
    internal const int SeedSize = 32;

    private const int Version = 1;

    // A command and a response of 4096 bytes each, in hexadecimal, and an error.
    private const int LongestLine = 32 * 1024;
    private const int LongestError = 4 * 1024;
    private const int MostExchanges = 1_000_000;

    public static void WriteHead(TextWriter writer, string device, bool hasResourceManager, ReadOnlySpan<byte> seed, bool isRedacted)
    {
        string? seedText = seed.IsEmpty ? null : Convert.ToHexStringLower(seed);
        WriteLine(writer, json =>
        {
            json.WriteNumber("transcript", Version);
            json.WriteString("device", device);
            json.WriteBoolean("resourceManager", hasResourceManager);
            json.WriteBoolean("redacted", isRedacted);
            if (seedText is not null)
            {
                json.WriteString("seed", seedText);
            }
        });
    }

    public static void Write(TextWriter writer, TpmExchange exchange) => WriteLine(writer, json =>
    {
        json.WriteString("name", CommandLayout.NameOf(exchange.Command.Span));
        json.WriteString("command", exchange.CommandText);
        if (exchange.ResponseText is { } response)
        {
            json.WriteString("code", exchange.ResponseCode!.Value.ToString());
            json.WriteString("response", response);
        }
        else
        {
            string error = exchange.Error ?? string.Empty;
            json.WriteString("error", error.Length <= LongestError ? error : error[..LongestError]);
        }
    });

    /// <summary>Creates a file for a transcript, which only its owner may read where the system knows owners.</summary>
    /// <exception cref="IOException">There is such a file, or it cannot be created.</exception>
    public static StreamWriter CreateFile(string path)
    {
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new StreamWriter(path, options);
    }

    /// <exception cref="TpmFormatException">This is not a transcript.</exception>
    public static TpmTranscript Read(TextReader reader)
    {
        int number = 1;
        string head = ReadLine(reader, number) ?? throw Refuse(number, "there is none, and a transcript begins with one about the device");
        (string device, bool hasResourceManager, byte[]? seed, bool isRedacted) = ParseLine(head, number, ReadHead);
        List<TpmExchange> exchanges = [];
        while (ReadLine(reader, ++number) is { } line)
        {
            if (exchanges.Count == MostExchanges)
            {
                throw Refuse(number, $"a transcript has at most {MostExchanges} commands");
            }

            exchanges.Add(ParseLine(line, number, ReadExchange));
        }

        return new TpmTranscript(device, hasResourceManager, seed, isRedacted, exchanges.AsReadOnly());
    }

    private static void WriteLine(TextWriter writer, Action<Utf8JsonWriter> write)
    {
        using MemoryStream line = new();
        using (Utf8JsonWriter json = new(line))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        writer.Write(Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length) + "\n");
    }

    // Without a limit, a line might be all that a stream gives.
    private static string? ReadLine(TextReader reader, int number)
    {
        StringBuilder line = new();
        for (int character = reader.Read(); character != '\n'; character = reader.Read())
        {
            if (character < 0)
            {
                return line.Length == 0 ? null : line.ToString();
            }

            if (line.Length == LongestLine)
            {
                throw Refuse(number, $"it has more than {LongestLine} characters");
            }

            line.Append((char)character);
        }

        return line.ToString();
    }

    private static T ParseLine<T>(string line, int number, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(Encoding.UTF8.GetBytes(line));
            return document.RootElement.ValueKind == JsonValueKind.Object ? read(document.RootElement) : throw new TpmFormatException("it is not a JSON object");
        }
        catch (TpmFormatException exception)
        {
            throw Refuse(number, exception.Message, exception);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The second is a string that is not Unicode.
            throw Refuse(number, "it is not JSON", exception);
        }
    }

    private static (string Device, bool HasResourceManager, byte[]? Seed, bool IsRedacted) ReadHead(JsonElement line)
    {
        if (!line.TryGetProperty("transcript", out JsonElement version) || version.ValueKind != JsonValueKind.Number
            || !version.TryGetInt32(out int number) || number != Version)
        {
            throw new TpmFormatException($"it is not the head of a transcript of version {Version}");
        }

        bool isRedacted = ReadBoolean(line, "redacted");
        PartlyHiddenBytes? seed = FindString(line, "seed") is { } text ? PartlyHiddenBytes.TryParse(text) ?? throw NoHexadecimal("seed") : null;
        if (seed is not null && (isRedacted || seed.Bytes.Length != SeedSize))
        {
            throw new TpmFormatException(isRedacted ? "it says that the secrets were taken out, and has a seed" : $"a seed has {SeedSize} bytes");
        }

        return (FindString(line, "device") ?? throw new TpmFormatException("it has no 'device'"), ReadBoolean(line, "resourceManager"), seed?.Bytes, isRedacted);
    }

    private static TpmExchange ReadExchange(JsonElement line)
    {
        PartlyHiddenBytes command = ReadMessage(line, "command") ?? throw new TpmFormatException("it has no 'command'");
        PartlyHiddenBytes? response = ReadMessage(line, "response");
        string? error = FindString(line, "error");
        return (response is null) == (error is not null)
            ? new TpmExchange(command, response, error)
            : throw new TpmFormatException("it has both or none of 'response' and 'error'");
    }

    private static PartlyHiddenBytes? ReadMessage(JsonElement line, string name)
    {
        if (FindString(line, name) is not { } text)
        {
            return null;
        }

        PartlyHiddenBytes message = PartlyHiddenBytes.TryParse(text) ?? throw NoHexadecimal(name);
        try
        {
            TpmHeader.CheckCommand(message.Bytes);
        }
        catch (ArgumentException exception)
        {
            throw new TpmFormatException($"its '{name}' has not {TpmHeader.Size} to {TpmHeader.MaxSize} bytes, as many as its size field says", exception);
        }

        return message;
    }

    private static string? FindString(JsonElement line, string name) =>
        !line.TryGetProperty(name, out JsonElement value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw new TpmFormatException($"its '{name}' is not a string");

    private static bool ReadBoolean(JsonElement line, string name) =>
        line.TryGetProperty(name, out JsonElement value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw new TpmFormatException($"its '{name}' is neither true nor false");

    private static TpmFormatException NoHexadecimal(string name) => new($"its '{name}' is not in hexadecimal digits, two for each byte, or dots for one that was taken out");

    private static TpmFormatException Refuse(int line, string fault, Exception? cause = null) => new($"Line {line} of the transcript is not as it should be: {fault}.", cause);
}
