using System.Text.Json;

namespace HardwareAttestation.Verifier.Tests.Mutations;

/// <summary>One change of a message in JSON.</summary>
/// <param name="Place">Which field and which part of it, and what was done to it: the same for all changes that are alike.</param>
/// <param name="Text">The message.</param>
internal sealed record JsonChange(string Place, string Text);

/// <summary>
/// Changes a message in JSON, one thing at a time: each field is missing, there twice, null or of another type; each list is longer, shorter and in another order; each text,
/// number and byte is another.
/// </summary>
internal sealed class JsonChanges
{
    private static readonly string[] OtherValues = ["null", "true", "0", "-1", "1.5", "1e99", "\"\"", "\"x\"", "[]", "[null]", "{}"];

    /// <summary>The names of the fields that are bytes.</summary>
    public required IReadOnlySet<string> BytesFields { get; init; }

    /// <summary>How many values the byte at a position of a field gets.</summary>
    public Func<string, int, Flips> FlipsOf { get; init; } = (_, _) => Flips.All;

    /// <summary>Names the part of a field that a change of its bytes is in, given the right bytes.</summary>
    public Func<string, byte[], ByteChange, string?> PartOf { get; init; } = (_, _, _) => null;

    public IEnumerable<JsonChange> Of(string message)
    {
        using JsonDocument document = JsonDocument.Parse(message);
        foreach (JsonChange change in OfObject(document.RootElement, string.Empty))
        {
            yield return change;
        }
    }

    /// <summary>Takes fields of another message of the same kind in place of a message's own: one, some, and all.</summary>
    public static IEnumerable<JsonChange> Swap(string message, string other, string whose, bool all)
    {
        using JsonDocument left = JsonDocument.Parse(message);
        using JsonDocument right = JsonDocument.Parse(other);
        string[] names = [.. left.RootElement.EnumerateObject().Select(field => field.Name)];
        string[] differing = [.. names.Where(name => left.RootElement.GetProperty(name).GetRawText() != right.RootElement.GetProperty(name).GetRawText())];
        int end = (1 << differing.Length) - (all ? 0 : 1);
        for (int subset = 1; subset < end; subset++)
        {
            string[] taken = [.. differing.Where((_, i) => (subset & (1 << i)) != 0)];
            yield return new JsonChange(
                $"{string.Join(" + ", taken)}: of {whose}",
                Object([.. names.Select(name => $"\"{name}\":{(taken.Contains(name) ? right : left).RootElement.GetProperty(name).GetRawText()}")]));
        }
    }

    /// <summary>Changes each character of the text itself.</summary>
    public static IEnumerable<JsonChange> OfCharacters(string message)
    {
        for (int i = 0; i < message.Length; i++)
        {
            foreach (int wrong in new[] { message[i] ^ 0x01, message[i] ^ 0x20, ' ', 0xFF })
            {
                yield return new JsonChange("character", $"{message[..i]}{(char)wrong}{message[(i + 1)..]}");
            }
        }
    }

    private IEnumerable<JsonChange> OfValue(JsonElement value, string path, string name)
    {
        string raw = value.GetRawText();
        IEnumerable<JsonChange> own = value.ValueKind switch
        {
            JsonValueKind.Object => OfObject(value, path + "."),
            JsonValueKind.Array => OfArray(value, path, name),
            JsonValueKind.String when BytesFields.Contains(name) => OfBytes(value.GetBytesFromBase64(), path),
            JsonValueKind.String => OfText(value.GetString()!, path),
            _ => OfNumber(value.GetInt32(), path),
        };
        return own.Concat(OtherValues.Append($"[{raw}]").Where(other => other != raw).Select(other => new JsonChange($"{path}: another value", other)));
    }

    private IEnumerable<JsonChange> OfObject(JsonElement value, string prefix)
    {
        (string Name, JsonElement Value)[] fields = [.. value.EnumerateObject().Select(field => (field.Name, field.Value))];
        string[] right = [.. fields.Select(field => $"\"{field.Name}\":{field.Value.GetRawText()}")];
        for (int i = 0; i < fields.Length; i++)
        {
            string name = fields[i].Name;
            yield return new JsonChange($"{prefix}{name}: missing", Object([.. right[..i], .. right[(i + 1)..]]));
            yield return new JsonChange($"{prefix}{name}: twice", Object([.. right, right[i]]));
            yield return new JsonChange($"{prefix}{name}: twice", Object([.. right, $"\"{name}\":null"]));
            yield return new JsonChange($"{prefix}{name}: twice", Object([$"\"{name}\":\"AAAA\"", .. right]));
            foreach (string other in new[] { name.ToUpperInvariant(), char.ToUpperInvariant(name[0]) + name[1..], name[..^1], name + " " })
            {
                yield return new JsonChange($"{prefix}{name}: renamed", Object([.. right[..i], $"\"{other}\":{fields[i].Value.GetRawText()}", .. right[(i + 1)..]]));
            }

            foreach (JsonChange change in OfValue(fields[i].Value, prefix + name, name))
            {
                yield return change with { Text = Object([.. right[..i], $"\"{name}\":{change.Text}", .. right[(i + 1)..]]) };
            }
        }
    }

    private IEnumerable<JsonChange> OfArray(JsonElement value, string path, string name)
    {
        string[] right = [.. value.EnumerateArray().Select(item => item.GetRawText())];
        for (int i = 0; i < right.Length; i++)
        {
            string place = $"{path}[{i}]";
            yield return new JsonChange($"{place}: missing", Array([.. right[..i], .. right[(i + 1)..]]));
            yield return new JsonChange($"{place}: twice", Array([.. right[..i], right[i], .. right[i..]]));
            yield return new JsonChange($"{place}: twice", Array([.. right, right[i]]));
            if (i > 0)
            {
                yield return new JsonChange($"{path}: another order", Array([.. right[..(i - 1)], right[i], right[i - 1], .. right[(i + 1)..]]));
            }

            foreach (JsonChange change in OfValue(value[i], place, name))
            {
                yield return change with { Text = Array([.. right[..i], change.Text, .. right[(i + 1)..]]) };
            }
        }
    }

    private IEnumerable<JsonChange> OfBytes(byte[] right, string path) => ByteChanges.Of(right, position => FlipsOf(path, position)).Select(change => new JsonChange(
        $"{path}{(PartOf(path, right, change) is { } part ? $"/{part}" : string.Empty)}: {change.Kind}", $"\"{Convert.ToBase64String(change.Bytes)}\""));

    private static IEnumerable<JsonChange> OfText(string right, string path)
    {
        List<string> others = [right[..^1], right[1..], right + "x", "x" + right, right + " ", right + "\0", right.ToUpperInvariant(), right.ToLowerInvariant()];
        for (int i = 0; i < right.Length; i++)
        {
            foreach (int wrong in new[] { right[i] ^ 0x01, right[i] ^ 0x20, 'A', 0, 0xFF })
            {
                others.Add($"{right[..i]}{(char)wrong}{right[(i + 1)..]}");
            }
        }

        return others.Where(other => other != right).Distinct().Select(other => new JsonChange($"{path}: text", JsonSerializer.Serialize(other)));
    }

    private static IEnumerable<JsonChange> OfNumber(int right, string path) => new[]
    {
        $"{right + 1}", $"{right - 1}", $"{right ^ 0x80}", $"{int.MaxValue}", $"{int.MinValue}", "2147483648", $"\"{right}\"", $"{right}.0", $"{right}e0",
    }.Select(other => new JsonChange($"{path}: number", other));

    private static string Object(string[] fields) => $"{{{string.Join(',', fields)}}}";

    private static string Array(string[] items) => $"[{string.Join(',', items)}]";
}
