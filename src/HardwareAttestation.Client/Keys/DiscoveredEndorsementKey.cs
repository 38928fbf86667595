using System.Diagnostics.CodeAnalysis;

namespace HardwareAttestation.Client;

/// <summary>One endorsement key that a machine's TPM points to, and whether it can be used.</summary>
public sealed class DiscoveredEndorsementKey
{
    private readonly byte[] _certificate;

    internal DiscoveredEndorsementKey(EndorsementKey key)
    {
        Template = key.Template;
        Key = key;
        _certificate = key.Certificate.ToArray();
    }

    internal DiscoveredEndorsementKey(EndorsementKeyTemplate template, byte[] certificate, string fault)
    {
        Template = template;
        Fault = fault;
        _certificate = certificate;
    }

    /// <summary>The template.</summary>
    public EndorsementKeyTemplate Template { get; }

    /// <summary>Whether there is a <see cref="Key"/>.</summary>
    [MemberNotNullWhen(true, nameof(Key))]
    [MemberNotNullWhen(false, nameof(Fault))]
    public bool IsUsable => Key is not null;

    /// <summary>The key; null if something is wrong with it. A certificate that it has is of this key.</summary>
    public EndorsementKey? Key { get; }

    /// <summary>
    /// What is wrong, as a plain sentence: the certificate is damaged, is of another key than the TPM's, or the TPM refuses to read it or to make the key; null if nothing is.
    /// </summary>
    public string? Fault { get; }

    /// <summary>The X.509 certificate that the TPM stores, in DER, also where it is of another key; empty where there is none or it cannot be read.</summary>
    public ReadOnlyMemory<byte> Certificate => _certificate;
}
