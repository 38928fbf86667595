using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using HardwareAttestation;
using HardwareAttestation.Client;
using HardwareAttestation.Protocol;
using HwAttest.Files;

namespace HwAttest;

/// <summary>What a command that runs has: its options, a way to the TPM, and a way to say what came of it.</summary>
internal sealed class CommandContext(ParseResult line, CancellationToken cancellationToken)
{
    private static readonly JsonSerializerOptions JsonForm = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public CancellationToken CancellationToken { get; } = cancellationToken;

    private TextWriter Output => line.InvocationConfiguration.Output;

    private bool IsJson => line.GetValue(CommonOptions.Json);

    /// <summary>A command of what is below.</summary>
    public static Command Define(string name, string description, string example, IEnumerable<Option> options, Func<CommandContext, Task<int>> runAsync)
    {
        Command command = new(name, description);
        foreach (Option option in options)
        {
            command.Add(option);
        }

        command.SetAction((parsed, cancel) => runAsync(new CommandContext(parsed, cancel)));
        return HelpWithExample.WithExample(command, example);
    }

    public T? Get<T>(Option<T> option) => line.GetValue(option);

    public T GetRequired<T>(Option<T> option) => line.GetRequiredValue(option);

    /// <summary>Opens the TPM that the caller chose, and closes it.</summary>
    public async Task<T> WithTpmAsync<T>(Func<AttestationClient, ITpmDevice, Task<T>> operation)
    {
        await using ITpmDevice device = OpenDevice();
        await using AttestationClient client = new(device);
        return await operation(client, device);
    }

    /// <summary>Loads the attestation key of a blob, and unloads it.</summary>
    public Task<T> WithKeyAsync<T>(Option<string> blob, Func<AttestationKey, Task<T>> operation)
    {
        TpmKeyBlob read = InputFile.ReadKeyBlob(GetRequired(blob));
        return WithTpmAsync(async (client, _) =>
        {
            await using AttestationKey key = await client.LoadAttestationKeyAsync(read, CancellationToken);
            return await operation(key);
        });
    }

    /// <summary>Says what came of it: one JSON object, or lines for a person.</summary>
    public int Report(object json, params IEnumerable<string> lines)
    {
        if (IsJson)
        {
            Output.WriteLine(JsonSerializer.Serialize(json, JsonForm));
        }
        else
        {
            foreach (string text in lines)
            {
                Output.WriteLine(PlainText.OfLine(text));
            }
        }

        return ExitStatus.Done;
    }

    /// <summary>Says a verdict, and what else is known.</summary>
    public int Report(Verdict verdict, object? more = null, params IEnumerable<string> lines)
    {
        JsonObject json = JsonSerializer.SerializeToNode(verdict, JsonForm)!.AsObject();
        foreach ((string name, JsonNode? value) in JsonSerializer.SerializeToNode(more ?? new { }, JsonForm)!.AsObject())
        {
            json.Add(name, value?.DeepClone());
        }

        Report(json, [verdict.IsVerified ? "verified" : "refused", .. verdict.Findings.Select(finding => $"  {finding}"), .. lines]);
        return verdict.IsVerified ? ExitStatus.Done : ExitStatus.Refused;
    }

    /// <summary>Writes what a command was asked to give, and says so unless it went to standard output itself.</summary>
    public int Give(Option<string> file, byte[] content, object json, bool isPrivate = false, bool mayReplaceKey = false) =>
        Give([(file, content)], json, isPrivate, mayReplaceKey);

    /// <summary>Writes several files.</summary>
    public int Give((Option<string> File, byte[] Content)[] files, object json, bool isPrivate = false, bool mayReplaceKey = false)
    {
        string[] paths = [.. files.Select(file => GetRequired(file.File))];
        bool isOnStandardOutput = Array.Exists(paths, OutputFile.IsStandardOutput);
        if (isOnStandardOutput && IsJson)
        {
            throw new MisuseException("--json and a file on standard output (-) would mix there: leave one of them out.");
        }

        string[] kept = [.. paths.Where(path => path != "/dev/null")];
        if (kept.Distinct(StringComparer.Ordinal).Count() < kept.Length)
        {
            throw new MisuseException($"{string.Join(", ", files.Select(file => file.File.Name))} name one file for several: only the last would be left. Give each a name of its own.");
        }

        foreach (((Option<string> file, byte[] content), string path) in files.Zip(paths))
        {
            if (!mayReplaceKey && OutputFile.WouldReplaceKey(path, content))
            {
                throw new MisuseException($"{file.Name}: '{path}' is a key, which would be lost: choose another name, or remove it first.");
            }
        }

        foreach (((_, byte[] content), string path) in files.Zip(paths))
        {
            OutputFile.Write(path, content, isPrivate);
        }

        return isOnStandardOutput
            ? ExitStatus.Done
            : Report(json, [.. paths.Select(path => $"wrote {path}")]);
    }

    /// <summary>A warning beside the result.</summary>
    public void Warn(string text) => line.InvocationConfiguration.Error.WriteLine($"hwattest: {PlainText.Of(text)}");

    private ITpmDevice OpenDevice()
    {
        string? named = Get(CommonOptions.Tpm);
        if (named?.Length == 0)
        {
            throw new MisuseException("--tpm is empty: name a TPM, or leave the option out for the platform's own.");
        }

        string? chosen = named ?? Environment.GetEnvironmentVariable(CommonOptions.DeviceVariable);
        try
        {
            return TpmDevice.Open(string.IsNullOrEmpty(chosen) ? null : chosen);
        }
        catch (ArgumentException exception)
        {
            throw new MisuseException(PlainText.Of(exception), exception);
        }
    }
}
