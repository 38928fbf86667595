namespace HardwareAttestation.Verifier;

/// <summary>
/// Says which PCR values are good for which device, where a fleet has machines of several models or firmware. Without one, <see cref="AttestationVerifierOptions.PcrPolicy"/> is for all.
/// </summary>
public interface IPcrPolicyProvider
{
    /// <summary>Gives the policy for a device whose evidence is verified. What the policy speaks of and <see cref="AttestationVerifierOptions.PcrSelection"/> does not ask for is not satisfied.</summary>
    /// <param name="device">The device.</param>
    /// <param name="cancellationToken">Cancels. The challenge is spent by then, so that the verifier does not cancel.</param>
    /// <returns>The policy, not to be changed as long as it is used; an empty one if any values are good.</returns>
    ValueTask<PcrPolicy> GetPolicyAsync(DeviceRecord device, CancellationToken cancellationToken = default);
}
