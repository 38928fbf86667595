using System.Globalization;

namespace HardwareAttestation;

/// <summary>The part of a command that a format-one response code is about.</summary>
public enum TpmErrorSubject
{
    /// <summary>The code names no part of the command.</summary>
    None,

    /// <summary>A handle of the command, counted from one.</summary>
    Handle,

    /// <summary>A parameter of the command, counted from one.</summary>
    Parameter,

    /// <summary>An authorisation session of the command, counted from one.</summary>
    Session,
}

/// <summary>The layer that gave a response code. A value that is not listed is the layer's own number.</summary>
public enum TpmResponseLayer
{
    /// <summary>The TPM itself.</summary>
    Tpm = 0,

    /// <summary>The TPM command transmission interface (TSS2_TCTI_RC_LAYER).</summary>
    Tcti = 10,

    /// <summary>A resource manager that answers in the TPM's place with a code of the TPM (TSS2_RESMGR_TPM_RC_LAYER); Linux's <c>/dev/tpmrm0</c> does.</summary>
    ResourceManagerTpm = 11,

    /// <summary>A resource manager with a code of its own (TSS2_RESMGR_RC_LAYER).</summary>
    ResourceManager = 12,

    /// <summary>Windows' TPM Base Services (an HRESULT of facility 0x28).</summary>
    WindowsTbs = 0x28,
}

/// <summary>
/// A response code as it stands in a response header, decoded (TPM 2.0 Library, Part 2, section 6.6; layers as in the TCG TSS 2.0 overview;
/// Windows TBS codes as HRESULT 0x8028xxxx).
/// </summary>
/// <param name="Value">The 32-bit code as received.</param>
public readonly record struct TpmResponseCode(uint Value)
{
    private const uint FormatOne = 0x080;
    private const uint ParameterBit = 0x040;
    private const uint SessionBit = 0x800;
    private const uint VendorBit = 0x400;
    private const uint Warning = 0x900;
    private const uint TbsFacility = 0x80280000;
    private const uint FirstTbsRefusal = 0x0400;
    private const uint LastTbsRefusal = 0x0404;
    private const uint ReservedBits = 0xF000;

    /// <summary>Whether the command was carried out.</summary>
    public bool IsSuccess => Value == 0;

    /// <summary>The layer that gave the code.</summary>
    public TpmResponseLayer Layer => IsTbs ? TpmResponseLayer.WindowsTbs : (TpmResponseLayer)(Value >> 16);

    /// <summary>
    /// The error without the number of a handle, parameter or session, for comparison with the values of <see cref="TpmRc"/>.
    /// A code that no TPM defines is given as its lower 16 bits.
    /// </summary>
    public TpmRc Error
    {
        get
        {
            uint code = Value & 0xFFFF;
            return (TpmRc)(IsFormatOne ? code & (FormatOne | 0x03F) : code);
        }
    }

    /// <summary>Whether the code is a warning: the command itself was not wrong and may be sent again later.</summary>
    public bool IsWarning => CarriesTpmCode && (Value & (FormatOne | Warning)) == Warning;

    /// <summary>Which kind of part of the command the error is about.</summary>
    public TpmErrorSubject Subject
    {
        get
        {
            if (!IsFormatOne)
            {
                return TpmErrorSubject.None;
            }

            bool isParameter = (Value & ParameterBit) != 0;
            uint number = (Value >> 8) & (isParameter ? 0xFu : 0x7u);
            return (number, isParameter, Value & SessionBit) switch
            {
                (0, _, _) => TpmErrorSubject.None,
                (_, true, _) => TpmErrorSubject.Parameter,
                (_, _, 0) => TpmErrorSubject.Handle,
                _ => TpmErrorSubject.Session,
            };
        }
    }

    /// <summary>The number of the handle, parameter or session, counted from one; zero when <see cref="Subject"/> is <see cref="TpmErrorSubject.None"/>.</summary>
    public int SubjectNumber => Subject switch
    {
        TpmErrorSubject.Parameter => (int)((Value >> 8) & 0xF),
        TpmErrorSubject.Handle or TpmErrorSubject.Session => (int)((Value >> 8) & 0x7),
        _ => 0,
    };

    /// <summary>The name of the error, e.g. <c>TPM_RC_INTEGRITY</c>, or the code in hexadecimal where it has none.</summary>
    public string Name => Describe().Name;

    /// <summary>What the error means, as half a sentence.</summary>
    public string Description => Describe().Description;

    private bool IsTbs => (Value & 0xFFFF0000) == TbsFacility;

    // A TBS code below 0x1000 is the TPM's own, put into an HRESULT, except those with which Windows itself refuses a command.
    private bool CarriesTpmCode => (Value & ReservedBits) == 0
        && (IsTbs
            ? (Value & 0xFFFF) is < FirstTbsRefusal or > LastTbsRefusal
            : Layer is TpmResponseLayer.Tpm or TpmResponseLayer.ResourceManagerTpm);

    private bool IsFormatOne => CarriesTpmCode && (Value & FormatOne) != 0;

    /// <summary>The code in words: its name, its number, what it is about and what it means, ending with a full stop.</summary>
    /// <returns>For instance <c>TPM_RC_INTEGRITY (0x000001DF), parameter 1: the integrity check failed: …</c></returns>
    public override string ToString()
    {
        (string name, string description) = Describe();
        string number = string.Create(CultureInfo.InvariantCulture, $"0x{Value:X8}");
        string subject = Subject switch
        {
            TpmErrorSubject.Handle => $", handle {SubjectNumber}",
            TpmErrorSubject.Parameter => $", parameter {SubjectNumber}",
            TpmErrorSubject.Session => $", session {SubjectNumber}",
            _ => string.Empty,
        };
        string layer = Layer switch
        {
            TpmResponseLayer.Tpm => string.Empty,
            TpmResponseLayer.Tcti => " from the TCTI layer",
            TpmResponseLayer.ResourceManagerTpm or TpmResponseLayer.ResourceManager => " from the resource manager",
            TpmResponseLayer.WindowsTbs => " from Windows TBS",
            _ => string.Create(CultureInfo.InvariantCulture, $" from layer {(int)Layer}"),
        };
        return name == number ? $"{number}{layer}{subject}: {description}." : $"{name} ({number}){layer}{subject}: {description}.";
    }

    private (string Name, string Description) Describe()
    {
        if (TbsCodeTable.Entries.TryGetValue(Value, out TbsCodeTable.Entry tbs))
        {
            return (tbs.Name, tbs.Description);
        }

        // A layer that has put zero behind its own number reports no success.
        if (CarriesTpmCode && (Error != TpmRc.Success || IsSuccess) && TpmRcTable.Entries.TryGetValue(Error, out TpmRcTable.TpmRcEntry entry))
        {
            return (entry.Name, entry.Description);
        }

        string number = string.Create(CultureInfo.InvariantCulture, $"0x{Value:X8}");
        bool vendor = CarriesTpmCode && !IsFormatOne && (Value & VendorBit) != 0;
        return (number, vendor ? "an error that only the TPM's vendor defines" : "an error that the TPM 2.0 specification does not define");
    }
}
