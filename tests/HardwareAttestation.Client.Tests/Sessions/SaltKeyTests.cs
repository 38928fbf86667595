using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;
using Microsoft.Extensions.Logging.Abstractions;

namespace HardwareAttestation.Client.Tests.Sessions;

/// <summary>A key to which no session can be salted is the fault of what the key is.</summary>
public sealed class SaltKeyTests
{
    [Fact]
    public async Task A_key_that_cannot_open_a_salt_is_told_by_what_it_is_to_the_client()
    {
        (await RefusalOfAsync(KeyRole.Endorsement)).Should().BeOfType<EndorsementKeyException>();
        (await RefusalOfAsync(KeyRole.StorageRoot)).Should().BeOfType<TpmKeyException>().Which.Fault.Should().Be(TpmKeyFault.UnusableParent);
        (await RefusalOfAsync(KeyRole.Salt)).Should().BeOfType<TpmDeviceException>();
    }

    private static async Task<Exception> RefusalOfAsync(KeyRole role)
    {
        ScriptedTpm device = new();
        TpmChannel channel = new(device, NullLogger.Instance);

        // Zeros are no point of the curve.
        UsableKey key = new(channel, role, new TpmHandle(0x80000001), StorageKeyTemplates.Ecc);
        Func<Task> start = async () => await TpmSession.StartSaltedAsync(channel, key, TpmSe.Hmac, CancellationToken.None);

        HardwareAttestationException refusal = (await start.Should().ThrowAsync<HardwareAttestationException>()).Which;
        device.Commands.Should().BeEmpty();
        return refusal;
    }
}
