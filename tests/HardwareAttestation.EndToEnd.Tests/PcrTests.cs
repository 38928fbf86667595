using HardwareAttestation.Client;
using HardwareAttestation.Structures;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>PCRs that cannot be had, from a TPM that answers.</summary>
public sealed class PcrTests
{
    [Fact]
    public async Task PCRs_that_change_each_time_are_no_fault_of_the_device()
    {
        await using Agent agent = await Agent.StartAsync();
        (AttestationKey key, _) = await agent.CreateRequestAsync();
        agent.Device.Forget();
        agent.Device.BeforeSending = _ => RawTpm.GetCode(agent.Device.Commands[^1]) == TpmCommandCode.Quote
            ? RawTpm.ExtendAsync(agent.Device.Inner, 16, new byte[32])
            : Task.CompletedTask;

        Func<Task> quote = () => key.QuoteAsync(TpmlPcrSelection.Parse("sha256:0,16"), new byte[8]);

        (await quote.Should().ThrowAsync<TpmPcrException>()).WithMessage("*changed each of 4 times*");
        agent.Device.Forget();
        await quote.Should().NotThrowAsync("they stand still now");
    }
}
