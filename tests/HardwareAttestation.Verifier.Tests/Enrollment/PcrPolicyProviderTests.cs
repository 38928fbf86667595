using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using Microsoft.Extensions.DependencyInjection;

namespace HardwareAttestation.Verifier.Tests.Enrollment;

/// <summary>PCR policies that differ from one device to the next.</summary>
public sealed class PcrPolicyProviderTests
{
    private static readonly PcrValue Pcr7 = ForgedQuote.ValuesOf(TpmlPcrSelection.Parse("sha256:7"))[0];

    [Fact]
    public async Task A16_PolicyOfTheDevice_TakesThePlaceOfTheOptions()
    {
        using SoftwareFleet fleet = new(options => options.PcrPolicy.Allow(TpmAlgId.Sha256, 0, new byte[32]));
        ByNode policies = new(new()
        {
            ["good"] = new PcrPolicy().Allow([Pcr7]),
            ["changed"] = new PcrPolicy().Allow(TpmAlgId.Sha256, 7, new byte[32]),
            ["any"] = new PcrPolicy(),
        });
        AttestationVerifier verifier = new(fleet.Options, fleet.Devices, fleet.Challenges, pcrPolicies: policies, timeProvider: fleet.Time);

        (await AttestAsync("good")).ShouldBeVerified();
        (await AttestAsync("changed")).ShouldBeRefusedBy(CheckIds.QuotePcrPolicy);
        (await AttestAsync("any")).ShouldBeVerified();

        async Task<Verdict> AttestAsync(string node)
        {
            SoftwareTpm tpm = await fleet.EnrollAsync(node);
            return (await verifier.VerifyAsync(tpm.Answer(await fleet.ChallengeAsync(node)))).Verdict;
        }
    }

    [Fact]
    public async Task A_provider_without_a_policy_is_a_fault_and_no_good_verdict()
    {
        using SoftwareFleet fleet = new();
        AttestationVerifier verifier = new(
            fleet.Options, fleet.Devices, fleet.Challenges, pcrPolicies: new ByNode(new() { [SoftwareFleet.Node] = null! }), timeProvider: fleet.Time);
        SoftwareTpm tpm = await fleet.EnrollAsync();
        AttestationEvidence evidence = tpm.Answer(await fleet.ChallengeAsync());

        await verifier.Awaiting(it => it.VerifyAsync(evidence)).Should().ThrowAsync<InvalidOperationException>().WithMessage("*policies gave none*");
    }

    [Fact]
    public async Task A_provider_is_asked_of_devices_alone_whose_key_has_answered()
    {
        using SoftwareFleet fleet = new();
        ByNode none = new([]);
        AttestationVerifier verifier = new(fleet.Options, fleet.Devices, fleet.Challenges, pcrPolicies: none, timeProvider: fleet.Time);
        SoftwareTpm stranger = fleet.WithOtherKey(await fleet.EnrollAsync());

        (await verifier.VerifyAsync(stranger.Answer(await fleet.ChallengeAsync()))).Verdict.ShouldBeRefusedBy(CheckIds.SignatureValid);
    }

    [Fact]
    public async Task A_verifier_with_a_key_does_not_do_without_a_provider_that_was_registered_without_one()
    {
        using SoftwareFleet fleet = new();
        await using ServiceProvider services = new ServiceCollection()
            .AddSingleton<IPcrPolicyProvider>(new ByNode([]))
            .AddKeyedAttestationVerifier("north", options => options.TrustAnchors.AddRange(fleet.Options.TrustAnchors))
            .BuildServiceProvider();

        services.Invoking(it => it.GetRequiredKeyedService<AttestationVerifier>("north"))
            .Should().Throw<InvalidOperationException>().WithMessage("*IPcrPolicyProvider is registered without a key*AddKeyedSingleton*\"north\"*");
    }

    [Fact]
    public async Task A_container_gives_its_provider_to_the_verifier()
    {
        using SoftwareFleet fleet = new();
        SoftwareTpm tpm = await fleet.EnrollAsync();
        await using ServiceProvider services = new ServiceCollection()
            .AddSingleton<TimeProvider>(fleet.Time)
            .AddSingleton<IDeviceStore>(fleet.Devices)
            .AddSingleton(fleet.Challenges)
            .AddSingleton<IPcrPolicyProvider>(new ByNode(new() { [SoftwareFleet.Node] = new PcrPolicy().Allow(TpmAlgId.Sha256, 7, new byte[32]) }))
            .AddAttestationVerifier(options => options.TrustAnchors.AddRange(fleet.Options.TrustAnchors))
            .BuildServiceProvider();

        (await services.GetRequiredService<AttestationVerifier>().VerifyAsync(tpm.Answer(await fleet.ChallengeAsync())))
            .Verdict.ShouldBeRefusedBy(CheckIds.QuotePcrPolicy);
    }

    [Fact]
    public void A_policy_judges_values_by_itself()
    {
        PcrPolicy policy = new PcrPolicy().Allow([Pcr7]);

        policy.Verify([Pcr7]).ShouldBeVerified();
        policy.Verify([]).ShouldBeRefusedBy(CheckIds.QuotePcrPolicy);
        policy.Verify([new PcrValue(TpmAlgId.Sha256, 7, new byte[32])]).ShouldBeRefusedBy(CheckIds.QuotePcrPolicy);
        new PcrPolicy().Verify([Pcr7]).ShouldBeVerified();
    }

    private sealed class ByNode(Dictionary<string, PcrPolicy> policies) : IPcrPolicyProvider
    {
        public ValueTask<PcrPolicy> GetPolicyAsync(DeviceRecord device, CancellationToken cancellationToken = default) => ValueTask.FromResult(policies[device.NodeId]);
    }
}
