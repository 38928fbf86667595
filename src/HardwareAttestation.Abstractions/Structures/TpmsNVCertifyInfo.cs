using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMS_NV_CERTIFY_INFO: what TPM2_NV_Certify attests (TPM 2.0 Library, Part 2, section 10.12.8).</summary>
public sealed class TpmsNVCertifyInfo : TpmuAttest
{
    private readonly byte[] _nvContents;

    /// <summary>Initializes the structure.</summary>
    /// <param name="indexName">The Name of the NV index.</param>
    /// <param name="offset">Where in the index the contents begin, in bytes.</param>
    /// <param name="nvContents">The contents, at most 65,535 bytes; copied.</param>
    /// <exception cref="ArgumentException">The contents have more bytes.</exception>
    public TpmsNVCertifyInfo(TpmName indexName, ushort offset, ReadOnlySpan<byte> nvContents)
    {
        ArgumentNullException.ThrowIfNull(indexName);
        FieldSize.Check(nvContents, ushort.MaxValue, "The content of an index", nameof(nvContents));
        IndexName = indexName;
        Offset = offset;
        _nvContents = nvContents.ToArray();
    }

    /// <summary>The Name of the NV index: a digest of its public area.</summary>
    public TpmName IndexName { get; }

    /// <summary>Where in the index the contents begin, in bytes.</summary>
    public ushort Offset { get; }

    /// <summary>The contents from there on, as many bytes as were asked for.</summary>
    public ReadOnlyMemory<byte> NVContents => _nvContents;

    internal override bool IsOf(TpmSt type) => type == TpmSt.AttestNV;

    internal static TpmsNVCertifyInfo ReadFields(ref TpmReader reader) => new(
        TpmName.Read(ref reader, "TPMS_NV_CERTIFY_INFO.indexName"),
        reader.ReadUInt16("TPMS_NV_CERTIFY_INFO.offset"),
        reader.ReadSized("TPMS_NV_CERTIFY_INFO.nvContents"));

    internal override void Write(ref TpmWriter writer)
    {
        IndexName.Write(ref writer);
        writer.WriteUInt16(Offset);
        writer.WriteSized(_nvContents);
    }

    private protected override bool HasContentOf(TpmuAttest other) =>
        other is TpmsNVCertifyInfo same && IndexName == same.IndexName && Offset == same.Offset && _nvContents.AsSpan().SequenceEqual(same._nvContents);

    private protected override void AddContentTo(ref HashCode hash)
    {
        hash.Add(IndexName);
        hash.Add(Offset);
        hash.AddBytes(_nvContents);
    }
}
