using System.Security.Cryptography;

namespace HardwareAttestation.Client.Sessions;

/// <summary>A device that wants the client's nonces and salts to come from its seed, so that a recording can be replayed.</summary>
internal interface ISeededDevice
{
    /// <summary>Makes the generator of the next client on the device; null for the platform's.</summary>
    RandomNumberGenerator? CreateRandom();
}
