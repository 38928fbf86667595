using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMS_ID_OBJECT: a credential, wrapped for one EK and one object's Name (TPM 2.0 Library, Part 2, section 12.4.2).</summary>
public sealed class TpmsIdObject : ITpmStructure<TpmsIdObject>
{
    private readonly byte[] _integrityHmac;
    private readonly byte[] _encIdentity;

    /// <summary>Initializes the structure.</summary>
    /// <param name="integrityHmac">The HMAC over the encrypted credential and the Name; copied.</param>
    /// <param name="encIdentity">The encrypted TPM2B_DIGEST with the credential; copied.</param>
    public TpmsIdObject(ReadOnlySpan<byte> integrityHmac, ReadOnlySpan<byte> encIdentity)
    {
        _integrityHmac = integrityHmac.ToArray();
        _encIdentity = encIdentity.ToArray();
    }

    /// <summary>The HMAC over the encrypted credential and the Name.</summary>
    public ReadOnlyMemory<byte> IntegrityHmac => _integrityHmac;

    /// <summary>The encrypted TPM2B_DIGEST with the credential.</summary>
    public ReadOnlyMemory<byte> EncIdentity => _encIdentity;

    /// <inheritdoc/>
    public static TpmsIdObject Read(ref TpmReader reader)
    {
        ReadOnlySpan<byte> integrityHmac = reader.ReadSized("TPMS_ID_OBJECT.integrityHMAC", TpmHash.MaximumDigestSize);
        int size = reader.Remaining;
        return size <= sizeof(ushort) + TpmHash.MaximumDigestSize
            ? new(integrityHmac, reader.ReadBytes(size, "TPMS_ID_OBJECT.encIdentity"))
            : throw new TpmFormatException($"TPMS_ID_OBJECT.encIdentity is {size} bytes long, and holds at most a TPM2B_DIGEST.");
    }

    /// <inheritdoc/>
    public void Write(ref TpmWriter writer)
    {
        writer.WriteSized(_integrityHmac);
        writer.WriteBytes(_encIdentity);
    }
}
