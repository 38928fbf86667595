using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Abstractions.Tests.Structures;

public sealed class TpmsIdObjectTests : TpmStructureContract<TpmsIdObject>
{
    protected override IReadOnlyList<string> Vectors => [TestVectors.IdObject, "0000", "0001AA" + "BB"];

    protected override bool TakesTheRest => true;

    [Fact]
    public void A_credential_is_read()
    {
        TpmsIdObject credential = Parse(TestVectors.IdObject);

        Convert.ToHexString(credential.IntegrityHmac.Span).Should().Be("D89D51B893AC835663E28AFCBE4FC988D20014C66B5CE7CBFC510B82C0A2A7DA");
        Convert.ToHexString(credential.EncIdentity.Span).Should().Be("06CA05C15B3C8C5EB93677355FD23D06A9397384E199");
    }

    [Fact]
    public void An_encrypted_digest_is_as_long_as_a_digest_and_its_size()
    {
        Parse("0000" + new string('A', 2 * 66)).EncIdentity.Length.Should().Be(66);
        RefusalOf("0000" + new string('A', 2 * 67)).Should().Be("TPMS_ID_OBJECT.encIdentity is 67 bytes long, and holds at most a TPM2B_DIGEST.");
    }

    [Fact]
    public void A_cut_or_overlong_integrity_value_is_refused()
    {
        RefusalOf("0041" + new string('A', 2 * 65)).Should().Be("TPMS_ID_OBJECT.integrityHMAC is 65 bytes long, and at most 64 are allowed.");
        RefusalOf("0020AABB").Should().Be("TPMS_ID_OBJECT.integrityHMAC needs 32 bytes at offset 2, and only 2 are left.");
    }

    [Fact]
    public void A_credential_is_made_from_its_fields()
    {
        new TpmsIdObject([1, 2], [3]).EncodeSized().Should().Equal(0, 5, 0, 2, 1, 2, 3);
    }

    [Fact]
    public void It_is_made_with_no_longer_fields_than_it_is_read_with()
    {
        Action integrity = () => _ = new TpmsIdObject(new byte[65], [1]);
        Action identity = () => _ = new TpmsIdObject([1], new byte[67]);

        integrity.Should().Throw<ArgumentException>().WithParameterName("integrityHmac");
        identity.Should().Throw<ArgumentException>().WithParameterName("encIdentity");
    }

    [Fact]
    public void Two_are_equal_if_their_bytes_are()
    {
        TpmsIdObject wrapped = new([1, 2], [3]);
        TpmsIdObject same = new([1, 2], [3]);

        (wrapped == same).Should().BeTrue();
        wrapped.GetHashCode().Should().Be(same.GetHashCode());
        (wrapped != new TpmsIdObject([1], [2, 3])).Should().BeTrue();
        (wrapped == null).Should().BeFalse();
    }
}
