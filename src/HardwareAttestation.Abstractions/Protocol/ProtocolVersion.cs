namespace HardwareAttestation.Protocol;

/// <summary>The version of the protocol that the messages of this package speak.</summary>
public static class ProtocolVersion
{
    /// <summary>The version that is sent, and the only one that is understood.</summary>
    public const int Current = 1;
}
