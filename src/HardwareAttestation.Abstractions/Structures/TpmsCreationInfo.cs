using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMS_CREATION_INFO: an object and the data about its creation (TPM 2.0 Library, Part 2, section 10.12.6).</summary>
public sealed class TpmsCreationInfo : TpmuAttest
{
    private readonly byte[] _creationHash;

    /// <summary>Initializes the structure.</summary>
    /// <param name="objectName">The object's Name.</param>
    /// <param name="creationHash">The digest of TPMS_CREATION_DATA, at most 64 bytes; copied.</param>
    /// <exception cref="ArgumentException">The digest has more bytes.</exception>
    public TpmsCreationInfo(TpmName objectName, ReadOnlySpan<byte> creationHash)
    {
        ArgumentNullException.ThrowIfNull(objectName);
        FieldSize.Check(creationHash, TpmHash.MaximumDigestSize, "A digest", nameof(creationHash));
        ObjectName = objectName;
        _creationHash = creationHash.ToArray();
    }

    /// <summary>The object's Name.</summary>
    public TpmName ObjectName { get; }

    /// <summary>The digest of TPMS_CREATION_DATA, by the object's nameAlg.</summary>
    public ReadOnlyMemory<byte> CreationHash => _creationHash;

    internal override bool IsOf(TpmSt type) => type == TpmSt.AttestCreation;

    internal static TpmsCreationInfo ReadFields(ref TpmReader reader) => new(
        TpmName.Read(ref reader, "TPMS_CREATION_INFO.objectName"),
        reader.ReadSized("TPMS_CREATION_INFO.creationHash", TpmHash.MaximumDigestSize));

    internal override void Write(ref TpmWriter writer)
    {
        ObjectName.Write(ref writer);
        writer.WriteSized(_creationHash);
    }

    private protected override bool HasContentOf(TpmuAttest other) =>
        other is TpmsCreationInfo same && ObjectName == same.ObjectName && _creationHash.AsSpan().SequenceEqual(same._creationHash);

    private protected override void AddContentTo(ref HashCode hash)
    {
        hash.Add(ObjectName);
        hash.AddBytes(_creationHash);
    }
}
