using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>What a certificate says of its TPM: manufacturer, model and version, in the directoryName of its subjectAltName (TCG EK Credential Profile 2.5, section 3.2.9).</summary>
internal sealed class TpmIdentity
{
    private const string SubjectAlternativeName = "2.5.29.17";
    private const string ManufacturerAttribute = "2.23.133.2.1";
    private const string ModelAttribute = "2.23.133.2.2";
    private const string VersionAttribute = "2.23.133.2.3";
    private const string IdPrefix = "id:";
    private const int ManufacturerDigits = 8;
    private const int MostVersionDigits = 16;
    private const int LongestText = 128;

    private readonly uint[] _manufacturers;

    private TpmIdentity(string? fault, uint[] manufacturers, EndorsementTrustClass trustClass, string? manufacturer, string? model, string? version)
    {
        Fault = fault;
        _manufacturers = manufacturers;
        TrustClass = trustClass;
        Manufacturer = manufacturer;
        Model = model;
        FirmwareVersion = version;
    }

    /// <summary>Why the certificate does not say it as it should; null if it does.</summary>
    public string? Fault { get; }

    /// <summary>The manufacturer's id; null if there is not exactly one.</summary>
    public uint? ManufacturerId => _manufacturers.Length == 1 ? _manufacturers[0] : null;

    /// <summary>The manufacturer in words, or as it stands there if it is not in the table.</summary>
    public string? Manufacturer { get; }

    public string? Model { get; }

    public string? FirmwareVersion { get; }

    /// <summary>The class that manufacturers and models tell. Of several, the one that promises least; nothing is hardware of which not all could be read.</summary>
    public EndorsementTrustClass TrustClass { get; }

    public static TpmIdentity Read(X509Certificate2 certificate)
    {
        Dictionary<string, List<string>> values = new(StringComparer.Ordinal)
        {
            [ManufacturerAttribute] = [],
            [ModelAttribute] = [],
            [VersionAttribute] = [],
        };
        List<string> faults = [];
        bool isWhole = true;
        try
        {
            foreach (X509Extension extension in certificate.Extensions.Where(extension => extension.Oid?.Value == SubjectAlternativeName))
            {
                ReadNames(extension.RawData, values);
            }
        }
        catch (AsnContentException)
        {
            faults.Add("its subjectAltName is malformed");
            isWhole = false;
        }

        uint[] manufacturers = [.. values[ManufacturerAttribute].Select(ParseManufacturer).OfType<uint>()];
        foreach ((string attribute, string name) in new[] { (ManufacturerAttribute, "manufacturer"), (ModelAttribute, "model"), (VersionAttribute, "firmware version") })
        {
            if (values[attribute].Count != 1)
            {
                faults.Add(values[attribute].Count == 0 ? $"it has no {name}" : $"it has more than one {name}");
            }
        }

        string? manufacturer = values[ManufacturerAttribute].FirstOrDefault();
        if (manufacturers.Length < values[ManufacturerAttribute].Count)
        {
            faults.Add("its manufacturer is not 'id:' and eight hexadecimal digits");
        }

        string? version = values[VersionAttribute].FirstOrDefault();
        if (version is not null && !TryParseVersion(version, out _))
        {
            faults.Add("its firmware version is not 'id:' and hexadecimal digits");
        }

        if (manufacturers.Length == 1 && new TpmManufacturerId(manufacturers[0]).Name is { } known)
        {
            manufacturer = known;
        }

        // The whole text of each model: what is shown of it is cut.
        EndorsementTrustClass trustClass = manufacturers.Select(id => TpmManufacturers.Classify(id))
            .Concat(values[ModelAttribute].Select(model => TpmManufacturers.Classify(model)))
            .Append(isWhole && manufacturers.Length == 1 && values[ManufacturerAttribute].Count == 1 ? EndorsementTrustClass.DiscreteHardware : EndorsementTrustClass.Unknown)
            .Worst();
        return new TpmIdentity(
            faults.Count == 0 ? null : string.Join(", ", faults),
            manufacturers,
            trustClass,
            Plain(manufacturer),
            Plain(values[ModelAttribute].FirstOrDefault()),
            Plain(version));

        static string? Plain(string? text) => text is null ? null : PlainText.Of(text, LongestText);
    }

    /// <summary>Reads a firmware version: major and minor in a digit each where there are two, as Nuvoton writes it, in a byte each where there are up to four, as Infineon writes it, and in 16 bits each where there are eight.</summary>
    public static bool TryParseVersion(string text, out FirmwareVersion version)
    {
        version = default;
        ReadOnlySpan<char> digits = text.AsSpan(Math.Min(IdPrefix.Length, text.Length));
        if (!text.StartsWith(IdPrefix, StringComparison.OrdinalIgnoreCase)
            || digits.Length > MostVersionDigits
            || !ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value))
        {
            return false;
        }

        version = digits.Length switch
        {
            <= 2 => new FirmwareVersion((uint)(value >> 4), (uint)(value & 0xF)),
            <= 4 => new FirmwareVersion((uint)(value >> 8), (uint)(value & 0xFF)),
            <= 8 => new FirmwareVersion((uint)(value >> 16), (uint)(value & 0xFFFF)),
            _ => new FirmwareVersion((uint)(value >> 48), (uint)(value >> 32) & 0xFFFF),
        };
        return true;
    }

    private static uint? ParseManufacturer(string text) =>
        text.StartsWith(IdPrefix, StringComparison.OrdinalIgnoreCase)
        && text.Length == IdPrefix.Length + ManufacturerDigits
        && uint.TryParse(text.AsSpan(IdPrefix.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint id)
            ? id
            : null;

    // DirectoryString; makers also wrote IA5String.
    private static string ReadText(AsnReader attribute)
    {
        UniversalTagNumber kind = (UniversalTagNumber)attribute.PeekTag().TagValue;
        return kind is UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString or UniversalTagNumber.IA5String
                or UniversalTagNumber.T61String or UniversalTagNumber.BMPString
            ? attribute.ReadCharacterString(kind)
            : throw new AsnContentException("The value is not a text.");
    }

    // GeneralNames; the three attributes stand in one SET, or each in its own. Makers did not always sort a SET as DER asks.
    private static void ReadNames(byte[] extension, Dictionary<string, List<string>> values)
    {
        Asn1Tag directoryName = new(TagClass.ContextSpecific, 4, isConstructed: true);
        AsnReaderOptions options = new() { SkipSetSortOrderVerification = true };
        AsnReader outer = new(extension, AsnEncodingRules.BER, options);
        AsnReader names = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        while (names.HasData)
        {
            if (!names.PeekTag().HasSameClassAndValue(directoryName))
            {
                names.ReadEncodedValue();
                continue;
            }

            AsnReader sets = names.ReadSequence(directoryName).ReadSequence();
            while (sets.HasData)
            {
                AsnReader set = sets.ReadSetOf(skipSortOrderValidation: true);
                while (set.HasData)
                {
                    AsnReader attribute = set.ReadSequence();
                    if (values.TryGetValue(attribute.ReadObjectIdentifier(), out List<string>? list))
                    {
                        list.Add(ReadText(attribute));
                    }
                }
            }
        }
    }
}

/// <summary>A firmware version as certificates tell it.</summary>
internal readonly record struct FirmwareVersion(uint Major, uint Minor) : IComparable<FirmwareVersion>
{
    public int CompareTo(FirmwareVersion other) => (Major, Minor).CompareTo((other.Major, other.Minor));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");
}
