namespace HardwareAttestation.Verifier.Tests.Enrollment;

public sealed class InMemoryDeviceStoreTests : DeviceStoreContract
{
    private protected override IDeviceStore CreateStore() => new InMemoryDeviceStore();
}
