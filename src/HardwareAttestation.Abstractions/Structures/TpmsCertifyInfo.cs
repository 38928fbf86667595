using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMS_CERTIFY_INFO: an object that was loaded in the TPM when TPM2_Certify was called (TPM 2.0 Library, Part 2, section 10.12.3).</summary>
public sealed class TpmsCertifyInfo : TpmuAttest
{
    /// <summary>Initializes the structure.</summary>
    /// <param name="name">The object's Name.</param>
    /// <param name="qualifiedName">The object's qualified Name.</param>
    public TpmsCertifyInfo(TpmName name, TpmName qualifiedName)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(qualifiedName);
        Name = name;
        QualifiedName = qualifiedName;
    }

    /// <summary>The object's Name: a digest of its public area.</summary>
    public TpmName Name { get; }

    /// <summary>The object's qualified Name: a digest over the Names of its ancestors and its own.</summary>
    public TpmName QualifiedName { get; }

    internal override bool IsOf(TpmSt type) => type == TpmSt.AttestCertify;

    internal static TpmsCertifyInfo ReadFields(ref TpmReader reader) => new(
        TpmName.Read(ref reader, "TPMS_CERTIFY_INFO.name"),
        TpmName.Read(ref reader, "TPMS_CERTIFY_INFO.qualifiedName"));

    internal override void Write(ref TpmWriter writer)
    {
        Name.Write(ref writer);
        QualifiedName.Write(ref writer);
    }

    private protected override bool HasContentOf(TpmuAttest other) =>
        other is TpmsCertifyInfo same && Name == same.Name && QualifiedName == same.QualifiedName;

    private protected override void AddContentTo(ref HashCode hash)
    {
        hash.Add(Name);
        hash.Add(QualifiedName);
    }
}
