using HardwareAttestation.Verifier.Testing;

namespace HardwareAttestation.Verifier.Tests.Enrollment;

public sealed class InMemoryDeviceStoreTests
{
    public static TheoryData<string> Rules => [.. DeviceStoreContract.GetRules().Select(rule => rule.Name)];

    [Theory]
    [MemberData(nameof(Rules))]
    public Task The_store_keeps_the_rule(string name) => DeviceStoreContract.GetRules().Single(rule => rule.Name == name).VerifyAsync(new InMemoryDeviceStore());

    [Fact]
    public Task The_store_keeps_the_whole_contract() => DeviceStoreContract.VerifyAsync(() => Task.FromResult(new InMemoryDeviceStore()));

    [Fact]
    public async Task Marks_of_one_process_are_of_no_use_in_the_next()
    {
        long[] marks = [.. await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => new InMemoryDeviceStore().GetRemovalMarkAsync("node", "key")))];

        marks.Should().OnlyHaveUniqueItems();
    }
}
