using HardwareAttestation.Emulation;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>Emulated machines have every size of RSA key that the SDK knows. A TPM that was chosen need not.</summary>
internal static class KeySizes
{
    /// <summary>Whether the TPM has no keys of a size that something is named for; then asserts that creating them is refused as it should be.</summary>
    /// <param name="device">The TPM.</param>
    /// <param name="create">Creates what is named.</param>
    /// <param name="names">Names of endorsement key templates and attestation key algorithms.</param>
    public static async Task<bool> AreRefusedAsync(ITpmDevice device, Func<Task> create, params string[] names)
    {
        if (!names.Any(name => name == "H-6" || name.StartsWith("rsa3072", StringComparison.Ordinal)) || await RawTpm.SupportsRsaAsync(device, 3072))
        {
            return false;
        }

        SharedMachines.IsTpmChosen.Should().BeTrue("emulated machines have all sizes");
        (await create.Should().ThrowAsync<TpmCommandException>()).Which.ResponseCode.Error.Should().Be(TpmRc.Value);
        return true;
    }
}
