using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HardwareAttestation.Protocol;

namespace Quickstart;

/// <summary>Prints the story with its marks, and keeps count of what went otherwise than it should.</summary>
internal sealed class Narrator(bool verbose)
{
    // For reading only: on the wire, base64's plus sign is escaped.
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private int _passed;
    private int _failed;

    public void Chapter(string title) => Console.WriteLine($"\n{title}");

    public void Say(string sentence) => Console.WriteLine($"         {sentence}");

    /// <summary>Prints a step that should have gone well.</summary>
    public void Step(bool well, string sentence, string? reason = null)
    {
        Mark(well, sentence);
        if (reason is not null)
        {
            Say(reason);
        }
    }

    /// <summary>Prints a verdict that should be verified.</summary>
    public void Verified(Verdict verdict, string sentence)
    {
        Mark(verdict.IsVerified, sentence);
        if (!verdict.IsVerified)
        {
            Say(verdict.ToString());
        }
    }

    /// <summary>Prints a verdict that should be refused, for a certain reason and no other.</summary>
    public void Refused(Verdict verdict, string check, string sentence)
    {
        Mark(!verdict.IsVerified && verdict.Refusals.Any(finding => finding.Check == check), sentence);
        foreach (Finding finding in verdict.Refusals)
        {
            Say($"refused by check {finding.Check}: {finding.Detail}");
        }
    }

    /// <summary>Prints a message between agent and server, if that was asked for.</summary>
    public T Message<T>(string direction, T message, JsonTypeInfo<T> typeInfo)
    {
        // What crosses the wire is what the other side gets, also here.
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(message, typeInfo);
        if (verbose)
        {
            Console.WriteLine($"\n         {direction}: {typeof(T).Name}");
            Console.WriteLine(Indent(json));
            Explanation.Print(message);
        }

        return JsonSerializer.Deserialize(json, typeInfo)!;
    }

    public int Conclude()
    {
        Console.WriteLine(_failed == 0
            ? $"\nAll {_passed} steps went as they should."
            : $"\n{_failed} of {_passed + _failed} steps did not go as they should.");
        return _failed == 0 ? 0 : 1;
    }

    private static string Indent(byte[] json)
    {
        using MemoryStream stream = new();
        using (JsonDocument document = JsonDocument.Parse(json))
        using (Utf8JsonWriter writer = new(stream, Indented))
        {
            document.WriteTo(writer);
        }

        IEnumerable<string> lines = Encoding.UTF8.GetString(stream.ToArray()).Split('\n');
        return string.Join('\n', lines.Select(line => $"         {Shorten(line.TrimEnd())}"));
    }

    // Certificates and keys are long, and their beginnings tell them apart.
    private static string Shorten(string line)
    {
        const int Longest = 110;
        return line.Length <= Longest ? line : $"{line[..Longest]}… ({line.Length} characters)";
    }

    private void Mark(bool well, string sentence)
    {
        if (well)
        {
            _passed++;
        }
        else
        {
            _failed++;
        }

        Console.WriteLine($"  {(well ? "[pass]" : "[FAIL]")} {sentence}");
    }
}
