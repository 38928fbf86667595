using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Protocol;

/// <summary>A PCR selection in JSON: the text that TPM tools use, e.g. <c>"sha256:0,1,7"</c>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class PcrSelectionJsonConverter : JsonConverter<TpmlPcrSelection>
{
    /// <inheritdoc/>
    public override TpmlPcrSelection Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && TpmlPcrSelection.TryParse(reader.GetString(), out TpmlPcrSelection? selection)
            ? selection
            : throw new JsonException("A PCR selection is a text such as \"sha256:0,1,7\" or \"sha1:0+sha256:0,1\".");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TpmlPcrSelection value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteStringValue(value.ToString());
    }
}
