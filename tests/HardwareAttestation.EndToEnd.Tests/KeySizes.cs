using HardwareAttestation.Emulation;
using HardwareAttestation.Structures;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>Emulated machines have the sizes of RSA keys and the hashes that the SDK knows. A TPM that was chosen need not.</summary>
internal static class KeySizes
{
    /// <summary>Whether the TPM lacks a size or a hash that something is named for; then asserts that creating it is refused as it should be.</summary>
    /// <param name="device">The TPM.</param>
    /// <param name="create">Creates what is named.</param>
    /// <param name="names">Names of endorsement key templates and attestation key algorithms.</param>
    public static async Task<bool> AreRefusedAsync(ITpmDevice device, Func<Task> create, params string[] names)
    {
        TpmRc refusal;
        if (names.Any(name => name == "H-6" || name.StartsWith("rsa3072", StringComparison.Ordinal)) && !await RawTpm.SupportsRsaAsync(device, 3072))
        {
            refusal = TpmRc.Value;
        }
        else if (names.Contains("H-4") && !await RawTpm.SupportsHashAsync(device, TpmAlgId.Sha512))
        {
            refusal = TpmRc.Hash;
        }
        else
        {
            return false;
        }

        SharedMachines.IsTpmChosen.Should().BeTrue("emulated machines have them all");
        (await create.Should().ThrowAsync<TpmCommandException>()).Which.ResponseCode.Error.Should().Be(refusal);
        return true;
    }
}
