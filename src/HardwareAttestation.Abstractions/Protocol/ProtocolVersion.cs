namespace HardwareAttestation.Protocol;

/// <summary>The version of the protocol that the messages of this package speak.</summary>
public static class ProtocolVersion
{
    /// <summary>The version that is sent, and the only one that is understood.</summary>
    public static int Current => 1;

    /// <summary>Refuses a message of another version.</summary>
    /// <param name="version">The message's version.</param>
    /// <exception cref="AttestationProtocolException">It is another version than <see cref="Current"/>.</exception>
    public static void ThrowIfUnknown(int version)
    {
        if (version != Current)
        {
            throw new AttestationProtocolException(
                $"The other side speaks version {version} of the attestation protocol, and version {Current} is spoken here: bring the older side up to date.");
        }
    }
}
