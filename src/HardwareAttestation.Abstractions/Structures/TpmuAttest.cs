using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMU_ATTEST: what a TPM attests, by the type of the attestation (TPM 2.0 Library, Part 2, section 10.12.11).</summary>
public abstract class TpmuAttest
{
    private protected TpmuAttest()
    {
    }

    internal static TpmuAttest Read(TpmSt type, ref TpmReader reader) => type switch
    {
        TpmSt.AttestNV => TpmsNVCertifyInfo.ReadFields(ref reader),
        TpmSt.AttestCertify => TpmsCertifyInfo.ReadFields(ref reader),
        TpmSt.AttestQuote => TpmsQuoteInfo.ReadFields(ref reader),
        TpmSt.AttestTime => TpmsTimeAttestInfo.ReadFields(ref reader),
        TpmSt.AttestCreation => TpmsCreationInfo.ReadFields(ref reader),
        _ => new TpmuAttestUnread(reader.ReadBytes(reader.Remaining, "TPMS_ATTEST.attested")),
    };

    internal abstract void Write(ref TpmWriter writer);
}

/// <summary>TPMS_QUOTE_INFO: the PCRs that were quoted and the digest over them (TPM 2.0 Library, Part 2, section 10.12.4).</summary>
public sealed class TpmsQuoteInfo : TpmuAttest
{
    private readonly byte[] _pcrDigest;

    /// <summary>Initializes the structure.</summary>
    /// <param name="pcrSelect">The PCRs that were quoted.</param>
    /// <param name="pcrDigest">The digest of their values, in the order of the selection; copied.</param>
    public TpmsQuoteInfo(TpmlPcrSelection pcrSelect, ReadOnlySpan<byte> pcrDigest)
    {
        ArgumentNullException.ThrowIfNull(pcrSelect);
        PcrSelect = pcrSelect;
        _pcrDigest = pcrDigest.ToArray();
    }

    /// <summary>The PCRs that were quoted.</summary>
    public TpmlPcrSelection PcrSelect { get; }

    /// <summary>The digest of their values, by the hash of the signature's scheme.</summary>
    public ReadOnlyMemory<byte> PcrDigest => _pcrDigest;

    internal static TpmsQuoteInfo ReadFields(ref TpmReader reader) => new(
        TpmlPcrSelection.Read(ref reader),
        reader.ReadSized("TPMS_QUOTE_INFO.pcrDigest", TpmHash.MaximumDigestSize));

    internal override void Write(ref TpmWriter writer)
    {
        PcrSelect.Write(ref writer);
        writer.WriteSized(_pcrDigest);
    }
}

/// <summary>What an attestation of another type than the ones read here holds, as it came.</summary>
public sealed class TpmuAttestUnread : TpmuAttest
{
    private readonly byte[] _bytes;

    internal TpmuAttestUnread(ReadOnlySpan<byte> bytes) => _bytes = bytes.ToArray();

    /// <summary>The wire form of the union, not looked into.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    internal override void Write(ref TpmWriter writer) => writer.WriteBytes(_bytes);
}
