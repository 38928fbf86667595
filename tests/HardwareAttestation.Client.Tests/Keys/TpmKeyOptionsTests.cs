namespace HardwareAttestation.Client.Tests.Keys;

public sealed class TpmKeyOptionsTests
{
    [Fact]
    public void A_key_is_of_some_kind()
    {
        Action make = () => _ = new TpmKeyOptions { Algorithm = null! };

        make.Should().Throw<ArgumentNullException>();
        new TpmKeyOptions().Algorithm.Should().BeSameAs(TpmKeyAlgorithm.P256);
    }
}
