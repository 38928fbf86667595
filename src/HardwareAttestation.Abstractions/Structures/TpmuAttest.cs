using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMU_ATTEST: what a TPM attests, by the type of the attestation (TPM 2.0 Library, Part 2, section 10.12.11). Compared by kind and content.</summary>
public abstract class TpmuAttest : IEquatable<TpmuAttest>
{
    private protected TpmuAttest()
    {
    }

    /// <summary>Whether both are of the same kind and have the same content.</summary>
    /// <param name="left">What is attested, or null.</param>
    /// <param name="right">What is attested, or null.</param>
    /// <returns>True if they are the same.</returns>
    public static bool operator ==(TpmuAttest? left, TpmuAttest? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether they differ.</summary>
    /// <param name="left">What is attested, or null.</param>
    /// <param name="right">What is attested, or null.</param>
    /// <returns>True if they do.</returns>
    public static bool operator !=(TpmuAttest? left, TpmuAttest? right) => !(left == right);

    /// <inheritdoc/>
    public bool Equals(TpmuAttest? other) => other is not null && GetType() == other.GetType() && HasContentOf(other);

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as TpmuAttest);

    /// <inheritdoc/>
    public sealed override int GetHashCode()
    {
        HashCode hash = default;
        AddContentTo(ref hash);
        return hash.ToHashCode();
    }

    /// <summary>Whether this is what an attestation of a type holds.</summary>
    internal abstract bool IsOf(TpmSt type);

    internal static TpmuAttest Read(TpmSt type, ref TpmReader reader) => type switch
    {
        TpmSt.AttestNV => TpmsNVCertifyInfo.ReadFields(ref reader),
        TpmSt.AttestCertify => TpmsCertifyInfo.ReadFields(ref reader),
        TpmSt.AttestQuote => TpmsQuoteInfo.ReadFields(ref reader),
        TpmSt.AttestTime => TpmsTimeAttestInfo.ReadFields(ref reader),
        TpmSt.AttestCreation => TpmsCreationInfo.ReadFields(ref reader),
        _ => new TpmuAttestUnread(reader.ReadBytes("TPMS_ATTEST.attested", reader.Remaining)),
    };

    internal abstract void Write(ref TpmWriter writer);

    /// <param name="other">Of this object's own class.</param>
    private protected abstract bool HasContentOf(TpmuAttest other);

    private protected abstract void AddContentTo(ref HashCode hash);
}

/// <summary>TPMS_QUOTE_INFO: the PCRs that were quoted and the digest over them (TPM 2.0 Library, Part 2, section 10.12.4).</summary>
public sealed class TpmsQuoteInfo : TpmuAttest
{
    private readonly byte[] _pcrDigest;

    /// <summary>Initializes the structure.</summary>
    /// <param name="pcrSelect">The PCRs that were quoted.</param>
    /// <param name="pcrDigest">The digest of their values, in the order of the selection, at most 64 bytes; copied.</param>
    /// <exception cref="ArgumentException">The digest has more bytes.</exception>
    public TpmsQuoteInfo(TpmlPcrSelection pcrSelect, ReadOnlySpan<byte> pcrDigest)
    {
        ArgumentNullException.ThrowIfNull(pcrSelect);
        FieldSize.Check(pcrDigest, TpmHash.MaximumDigestSize, "A digest", nameof(pcrDigest));
        PcrSelect = pcrSelect;
        _pcrDigest = pcrDigest.ToArray();
    }

    /// <summary>The PCRs that were quoted.</summary>
    public TpmlPcrSelection PcrSelect { get; }

    /// <summary>The digest of their values, by the hash of the signature's scheme.</summary>
    public ReadOnlyMemory<byte> PcrDigest => _pcrDigest;

    internal override bool IsOf(TpmSt type) => type == TpmSt.AttestQuote;

    internal static TpmsQuoteInfo ReadFields(ref TpmReader reader) => new(
        TpmlPcrSelection.Read(ref reader),
        reader.ReadSized("TPMS_QUOTE_INFO.pcrDigest", TpmHash.MaximumDigestSize));

    internal override void Write(ref TpmWriter writer)
    {
        PcrSelect.Write(ref writer);
        writer.WriteSized(_pcrDigest);
    }

    private protected override bool HasContentOf(TpmuAttest other) =>
        other is TpmsQuoteInfo same && PcrSelect.Equals(same.PcrSelect) && _pcrDigest.AsSpan().SequenceEqual(same._pcrDigest);

    private protected override void AddContentTo(ref HashCode hash)
    {
        hash.Add(PcrSelect);
        hash.AddBytes(_pcrDigest);
    }
}

/// <summary>What an attestation of another type than the ones read here holds, as it came.</summary>
public sealed class TpmuAttestUnread : TpmuAttest
{
    private readonly byte[] _bytes;

    internal TpmuAttestUnread(ReadOnlySpan<byte> bytes) => _bytes = bytes.ToArray();

    /// <summary>The wire form of the union, not looked into.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    internal override bool IsOf(TpmSt type) =>
        type is not (TpmSt.AttestNV or TpmSt.AttestCertify or TpmSt.AttestQuote or TpmSt.AttestTime or TpmSt.AttestCreation);

    internal override void Write(ref TpmWriter writer) => writer.WriteBytes(_bytes);

    private protected override bool HasContentOf(TpmuAttest other) => other is TpmuAttestUnread same && _bytes.AsSpan().SequenceEqual(same._bytes);

    private protected override void AddContentTo(ref HashCode hash) => hash.AddBytes(_bytes);
}
