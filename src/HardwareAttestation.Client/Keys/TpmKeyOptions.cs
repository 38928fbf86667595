namespace HardwareAttestation.Client;

/// <summary>How a key is created.</summary>
public sealed class TpmKeyOptions
{
    /// <summary>The kind of key.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TpmKeyAlgorithm Algorithm
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = TpmKeyAlgorithm.P256;

    /// <summary>What the key is created under.</summary>
    public TpmKeyParent Parent { get; init; }

    /// <summary>
    /// The key's authorisation value, at most as long as a digest of the key's hash algorithm; empty for none. Each use of the key then costs a session that is salted to
    /// the key's parent, and the value never crosses to the TPM in the clear.
    /// </summary>
    public ReadOnlyMemory<byte> AuthValue { get; init; }
}
