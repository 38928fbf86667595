using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Protocol;

/// <summary>The hash algorithm of a PCR bank in JSON: the word that TPM tools use, e.g. <c>"sha256"</c>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class PcrBankJsonConverter : JsonConverter<TpmAlgId>
{
    /// <inheritdoc/>
    public override TpmAlgId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && TpmHash.TryParseToolName(reader.GetString(), out TpmAlgId bank)
            ? bank
            : throw new JsonException("A PCR bank is a word such as \"sha256\".");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TpmAlgId value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(TpmHash.ToToolName(value));
    }
}
