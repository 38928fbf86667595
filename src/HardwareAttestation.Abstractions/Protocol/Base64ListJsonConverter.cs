using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HardwareAttestation.Protocol;

/// <summary>A list of byte strings in JSON: an array of texts in base64.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class Base64ListJsonConverter : JsonConverter<IReadOnlyList<ReadOnlyMemory<byte>>>
{
    /// <inheritdoc/>
    public override IReadOnlyList<ReadOnlyMemory<byte>> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("A list of byte strings is an array of texts in base64.");
        }

        List<ReadOnlyMemory<byte>> list = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            list.Add(reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out byte[]? bytes)
                ? bytes
                : throw new JsonException("Bytes are a text in base64."));
        }

        return list;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IReadOnlyList<ReadOnlyMemory<byte>> value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteStartArray();
        foreach (ReadOnlyMemory<byte> bytes in value)
        {
            writer.WriteBase64StringValue(bytes.Span);
        }

        writer.WriteEndArray();
    }
}
