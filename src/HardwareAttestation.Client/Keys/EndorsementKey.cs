using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>An endorsement key of this machine's TPM, as it was found: which key it is, and the certificate that its maker stored.</summary>
/// <remarks>This describes the key and holds nothing inside the TPM.</remarks>
public sealed class EndorsementKey
{
    private readonly byte[] _certificate;

    internal EndorsementKey(EndorsementKeyTemplate template, TpmtPublic publicArea, byte[] certificate, TpmHandle? persistentHandle)
    {
        Template = template;
        Public = publicArea;
        Name = publicArea.ComputeName();
        _certificate = certificate;
        PersistentHandle = persistentHandle;
    }

    /// <summary>The template that the key was made from.</summary>
    public EndorsementKeyTemplate Template { get; }

    /// <summary>The public area.</summary>
    public TpmtPublic Public { get; }

    /// <summary>The Name, computed from <see cref="Public"/>.</summary>
    public TpmName Name { get; }

    /// <summary>The X.509 certificate in DER, NV padding removed; empty where the TPM stores none for this template.</summary>
    public ReadOnlyMemory<byte> Certificate => _certificate;

    /// <summary>The persistent handle where the key is, or null where it is created each time it is needed.</summary>
    public TpmHandle? PersistentHandle { get; }
}
