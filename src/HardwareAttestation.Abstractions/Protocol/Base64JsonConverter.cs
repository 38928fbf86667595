using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HardwareAttestation.Protocol;

/// <summary>Bytes in JSON: base64. Unlike the platform's own converter it does not take null for no bytes.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class Base64JsonConverter : JsonConverter<ReadOnlyMemory<byte>>
{
    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out byte[]? bytes)
            ? bytes
            : throw new JsonException("Bytes are a text in base64.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ReadOnlyMemory<byte> value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteBase64StringValue(value.Span);
    }
}
