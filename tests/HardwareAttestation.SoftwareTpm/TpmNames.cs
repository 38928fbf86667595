using System.Formats.Asn1;

namespace HardwareAttestation.SoftwareTpms;

/// <summary>Contents of a subjectAltName that name a TPM (TCG EK Credential Profile 2.5, section 3.2.9), right and wrong.</summary>
internal static class TpmNames
{
    public const string Manufacturer = "2.23.133.2.1";
    public const string Model = "2.23.133.2.2";
    public const string Version = "2.23.133.2.3";

    /// <summary>A manufacturer that is in no table.</summary>
    public const string TestMaker = "id:54455354";

    public static byte[] OneSetEach(string manufacturer, string model, string version) =>
        Build([[(Manufacturer, manufacturer)], [(Model, model)], [(Version, version)]]);

    public static byte[] OneSet(string manufacturer, string model, string version) =>
        Build([[(Manufacturer, manufacturer), (Model, model), (Version, version)]]);

    /// <summary>GeneralNames with one directoryName, its sets in the order that they are given in: BER, so that nothing sorts them.</summary>
    public static byte[] Build((string Attribute, string Value)[][] sets, UniversalTagNumber kind = UniversalTagNumber.UTF8String)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 4)))
        {
            WriteName(writer, sets, kind);
        }

        return writer.Encode();
    }

    /// <summary>A Name (RFC 5280, section 4.1.2.4).</summary>
    public static byte[] Name(params (string Attribute, string Value)[][] sets)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        WriteName(writer, sets, UniversalTagNumber.UTF8String);
        return writer.Encode();
    }

    private static void WriteName(AsnWriter writer, (string Attribute, string Value)[][] sets, UniversalTagNumber kind)
    {
        using (writer.PushSequence())
        {
            foreach ((string Attribute, string Value)[] set in sets)
            {
                // A sequence with the tag of a set, since a set would be sorted.
                AsnWriter content = new(AsnEncodingRules.DER);
                using (content.PushSequence())
                {
                    foreach ((string attribute, string value) in set)
                    {
                        using (content.PushSequence())
                        {
                            content.WriteObjectIdentifier(attribute);
                            content.WriteCharacterString(kind, value);
                        }
                    }
                }

                const byte SetTag = 0x31;
                byte[] encoded = content.Encode();
                encoded[0] = SetTag;
                writer.WriteEncodedValue(encoded);
            }
        }
    }
}
