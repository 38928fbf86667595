using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMS_CREATION_INFO: an object and the data about its creation (TPM 2.0 Library, Part 2, section 10.12.6).</summary>
public sealed class TpmsCreationInfo : TpmuAttest
{
    private readonly byte[] _creationHash;

    /// <summary>Initializes the structure.</summary>
    /// <param name="objectName">The object's Name.</param>
    /// <param name="creationHash">The digest of TPMS_CREATION_DATA; copied.</param>
    public TpmsCreationInfo(TpmName objectName, ReadOnlySpan<byte> creationHash)
    {
        ArgumentNullException.ThrowIfNull(objectName);
        ObjectName = objectName;
        _creationHash = creationHash.ToArray();
    }

    /// <summary>The object's Name.</summary>
    public TpmName ObjectName { get; }

    /// <summary>The digest of TPMS_CREATION_DATA, by the object's nameAlg.</summary>
    public ReadOnlyMemory<byte> CreationHash => _creationHash;

    internal static TpmsCreationInfo ReadFields(ref TpmReader reader) => new(
        TpmName.Read(ref reader, "TPMS_CREATION_INFO.objectName"),
        reader.ReadSized("TPMS_CREATION_INFO.creationHash", TpmHash.MaximumDigestSize));

    internal override void Write(ref TpmWriter writer)
    {
        writer.WriteSized(ObjectName.Bytes.Span);
        writer.WriteSized(_creationHash);
    }
}
