using System.Net;

namespace HardwareAttestation.Verifier.Tests;

public sealed class ChallengeSourceTests
{
    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2::/64")]
    [InlineData("fe80::1%3", "fe80::/64")]
    [InlineData("::1", "::/64")]
    public void An_address_counts_as_what_its_owner_has(string address, string expected) =>
        ChallengeSource.FromAddress(IPAddress.Parse(address)).Should().Be(expected);

    [Fact]
    public void An_address_that_is_not_known_is_no_source() => ChallengeSource.FromAddress(null).Should().BeNull();
}
