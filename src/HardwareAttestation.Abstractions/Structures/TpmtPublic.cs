using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMT_PUBLIC: the public area of a key, or the template for one (TPM 2.0 Library, Part 2, section 12.2.4).</summary>
/// <remarks>The bytes are kept as they were read, so that the Name is computed over what the TPM said and not over something written anew.</remarks>
public sealed class TpmtPublic : ITpmStructure<TpmtPublic>, IEquatable<TpmtPublic>
{
    private readonly byte[] _encoded;
    private readonly byte[] _authPolicy;

    /// <summary>Initializes a public area from its fields, e.g. as a template.</summary>
    /// <param name="nameAlg">The hash algorithm of the Name and of the policy.</param>
    /// <param name="objectAttributes">The attributes.</param>
    /// <param name="authPolicy">The policy's digest, at most 64 bytes, or nothing; copied.</param>
    /// <param name="parameters">The parameters; they give the type.</param>
    /// <param name="unique">The unique part, of the same type.</param>
    /// <exception cref="ArgumentException"><paramref name="unique"/> is of another type than <paramref name="parameters"/>, or the policy has more bytes.</exception>
    /// <exception cref="InvalidOperationException">The wire form is larger than <see cref="TpmWire.MaximumSize"/>.</exception>
    public TpmtPublic(
        TpmAlgId nameAlg,
        TpmaObject objectAttributes,
        ReadOnlySpan<byte> authPolicy,
        TpmuPublicParms parameters,
        TpmuPublicId unique)
        : this(nameAlg, objectAttributes, authPolicy.ToArray(), parameters, unique, [])
    {
        FieldSize.Check(authPolicy, TpmHash.MaximumDigestSize, "A policy", nameof(authPolicy));
        bool sameType = parameters switch
        {
            TpmsRsaParms => unique is Tpm2bPublicKeyRsa,
            TpmsEccParms => unique is TpmsEccPoint,
            _ => unique is Tpm2bDigest,
        };
        if (!sameType)
        {
            throw new ArgumentException("The unique part is of another type of key than the parameters.", nameof(unique));
        }

        Span<byte> buffer = stackalloc byte[TpmWire.MaximumSize];
        TpmWriter writer = new(buffer);
        writer.WriteAlgorithm(Type);
        writer.WriteAlgorithm(nameAlg);
        writer.WriteUInt32((uint)objectAttributes);
        writer.WriteSized(authPolicy);
        parameters.Write(ref writer);
        unique.Write(ref writer);
        _encoded = writer.Written.ToArray();
    }

    private TpmtPublic(
        TpmAlgId nameAlg,
        TpmaObject objectAttributes,
        byte[] authPolicy,
        TpmuPublicParms parameters,
        TpmuPublicId unique,
        byte[] encoded)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(unique);
        NameAlg = nameAlg;
        ObjectAttributes = objectAttributes;
        _authPolicy = authPolicy;
        Parameters = parameters;
        Unique = unique;
        _encoded = encoded;
    }

    /// <summary>The type of the key: RSA, ECC, keyed hash or symmetric cipher.</summary>
    public TpmAlgId Type => Parameters.Type;

    /// <summary>The hash algorithm of the Name and of the policy.</summary>
    public TpmAlgId NameAlg { get; }

    /// <summary>The attributes.</summary>
    public TpmaObject ObjectAttributes { get; }

    /// <summary>The digest of the policy, or nothing.</summary>
    public ReadOnlyMemory<byte> AuthPolicy => _authPolicy;

    /// <summary>The parameters of the key's type.</summary>
    public TpmuPublicParms Parameters { get; }

    /// <summary>The cipher that protects children of a storage key; Null for other keys.</summary>
    public TpmtSymDef Symmetric => Parameters switch
    {
        TpmsRsaParms rsa => rsa.Symmetric,
        TpmsEccParms ecc => ecc.Symmetric,
        _ => TpmtSymDef.Null,
    };

    /// <summary>The scheme of an asymmetric key, or Null.</summary>
    public TpmtScheme Scheme => Parameters switch
    {
        TpmsRsaParms rsa => rsa.Scheme,
        TpmsEccParms ecc => ecc.Scheme,
        _ => TpmtScheme.Null,
    };

    /// <summary>The unique part: the modulus of an RSA key, the point of an ECC key.</summary>
    public TpmuPublicId Unique { get; }

    /// <summary>The wire form, without a size in front.</summary>
    public ReadOnlyMemory<byte> Encoded => _encoded;

    /// <summary>Whether both have the same wire form.</summary>
    /// <param name="left">A public area, or null.</param>
    /// <param name="right">A public area, or null.</param>
    /// <returns>True if they are the same.</returns>
    public static bool operator ==(TpmtPublic? left, TpmtPublic? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether they differ.</summary>
    /// <param name="left">A public area, or null.</param>
    /// <param name="right">A public area, or null.</param>
    /// <returns>True if they do.</returns>
    public static bool operator !=(TpmtPublic? left, TpmtPublic? right) => !(left == right);

    /// <inheritdoc/>
    public static TpmtPublic Read(ref TpmReader reader)
    {
        int start = reader.Position;
        TpmAlgId type = reader.ReadAlgorithm("TPMT_PUBLIC.type");
        TpmAlgId nameAlg = reader.ReadAlgorithm("TPMT_PUBLIC.nameAlg");
        var attributes = (TpmaObject)reader.ReadUInt32("TPMT_PUBLIC.objectAttributes");
        byte[] authPolicy = reader.ReadSized("TPMT_PUBLIC.authPolicy", TpmHash.MaximumDigestSize).ToArray();
        TpmuPublicParms parameters = TpmuPublicParms.Read(type, ref reader);
        TpmuPublicId unique = TpmuPublicId.Read(type, ref reader);
        return new(nameAlg, attributes, authPolicy, parameters, unique, reader.Since(start).ToArray());
    }

    /// <inheritdoc/>
    public void Write(ref TpmWriter writer) => writer.WriteBytes(_encoded);

    /// <summary>Computes the Name: nameAlg and the digest of the wire form (TPM 2.0 Library, Part 1, section 16).</summary>
    /// <returns>The Name.</returns>
    /// <exception cref="TpmFormatException">The Name's hash algorithm is none that .NET knows, such as SM3, or this platform lacks it, as some do SHA-3.</exception>
    public TpmName ComputeName() => TpmName.Compute(NameAlg, _encoded, "TPMT_PUBLIC");

    /// <inheritdoc/>
    public bool Equals(TpmtPublic? other) => other is not null && _encoded.AsSpan().SequenceEqual(other._encoded);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TpmtPublic);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(_encoded);
        return hash.ToHashCode();
    }
}
