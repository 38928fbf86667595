using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMS_ID_OBJECT: a credential, wrapped for one EK and one object's Name (TPM 2.0 Library, Part 2, section 12.4.2).</summary>
public sealed class TpmsIdObject : ITpmStructure<TpmsIdObject>, IEquatable<TpmsIdObject>
{
    private const int MaximumIdentitySize = sizeof(ushort) + TpmHash.MaximumDigest;
    private readonly byte[] _integrityHmac;
    private readonly byte[] _encIdentity;

    /// <summary>Initializes the structure.</summary>
    /// <param name="integrityHmac">The HMAC over the encrypted credential and the Name, at most 64 bytes; copied.</param>
    /// <param name="encIdentity">The encrypted TPM2B_DIGEST with the credential, at most 66 bytes; copied.</param>
    /// <exception cref="ArgumentException">One of them has more bytes.</exception>
    public TpmsIdObject(ReadOnlySpan<byte> integrityHmac, ReadOnlySpan<byte> encIdentity)
    {
        FieldSize.Check(integrityHmac, TpmHash.MaximumDigestSize, "The HMAC", nameof(integrityHmac));
        FieldSize.Check(encIdentity, MaximumIdentitySize, "The encrypted credential", nameof(encIdentity));
        _integrityHmac = integrityHmac.ToArray();
        _encIdentity = encIdentity.ToArray();
    }

    /// <summary>The HMAC over the encrypted credential and the Name.</summary>
    public ReadOnlyMemory<byte> IntegrityHmac => _integrityHmac;

    /// <summary>The encrypted TPM2B_DIGEST with the credential.</summary>
    public ReadOnlyMemory<byte> EncIdentity => _encIdentity;

    /// <summary>Whether both have the same bytes.</summary>
    /// <param name="left">A wrapped credential, or null.</param>
    /// <param name="right">A wrapped credential, or null.</param>
    /// <returns>True if they are the same.</returns>
    public static bool operator ==(TpmsIdObject? left, TpmsIdObject? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether they differ.</summary>
    /// <param name="left">A wrapped credential, or null.</param>
    /// <param name="right">A wrapped credential, or null.</param>
    /// <returns>True if they do.</returns>
    public static bool operator !=(TpmsIdObject? left, TpmsIdObject? right) => !(left == right);

    /// <inheritdoc/>
    public static TpmsIdObject Read(ref TpmReader reader)
    {
        ReadOnlySpan<byte> integrityHmac = reader.ReadSized("TPMS_ID_OBJECT.integrityHMAC", TpmHash.MaximumDigestSize);
        int size = reader.Remaining;
        return size <= MaximumIdentitySize
            ? new(integrityHmac, reader.ReadBytes("TPMS_ID_OBJECT.encIdentity", size))
            : throw new TpmFormatException($"TPMS_ID_OBJECT.encIdentity is {size} bytes long, and holds at most a TPM2B_DIGEST.");
    }

    /// <inheritdoc/>
    public void Write(ref TpmWriter writer)
    {
        writer.WriteSized(_integrityHmac);
        writer.WriteBytes(_encIdentity);
    }

    /// <inheritdoc/>
    public bool Equals(TpmsIdObject? other) =>
        other is not null
        && _integrityHmac.AsSpan().SequenceEqual(other._integrityHmac)
        && _encIdentity.AsSpan().SequenceEqual(other._encIdentity);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TpmsIdObject);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(_integrityHmac);
        hash.AddBytes(_encIdentity);
        return hash.ToHashCode();
    }
}
