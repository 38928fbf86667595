using System.Security.Cryptography;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client.Tests.Keys;

public sealed class EndorsementCertificateAddressTests
{
    // Keys of certificates that the makers published at these addresses.
    private const string IntelKey =
        "wyDi8kSoYBqs8+AdJsZlJJk1Vi3h2hl+nn8HbEaWE8+2U+mOwsOG/B0TPyyMbMM4tzLwsgi9g4qHej5bvD4dQIToNcfIkGocBbTS0w/b68HbrZUPprFlvUtqhkYDFGFkwMT1nUiQEe8fko3upukA"
        + "YfPTdeVkYnMVHvYiJSCYvhpKsB3AoSInxgn9rOsRWvQI1Gk6b0mRl3RpWwwSvBih/3EgpzN7L7XxlR2Lt/CU1bVUwRyVI7MHKf5keH0KE7nmMEiNq039hmNKUnDscvzFpE3GeajzKTjdgZfina6D"
        + "n1tMoPXeJ8lSLCPFThws5XhZUlEYvURwsYGA7veK5CZ7zQ==";

    private const string AmdKey =
        "o8ID3MRLZQWgq2WIK1qTe2HQxzZgiDWn6Tzw6uQOoXI1iyO9pxIailRxll2NeK1lRVP/dEKCV+mGwv75T+y2MmzpFhUY/O5RtEG8TiocDw6WkHRAJ9A9h1OMP+vD3mPClNoA9/ssB36/0ScmVtYR"
        + "0gRkL+cZkAT6qro7xz4eRKLt8KfX6OG/Y9kCfJsKDCtYbc4OavHSf11VgbBLtxm7jSVE+pnO+x/om6qwACjZbU4qrq4PUbAxD1S9dJ2cZzKaYSsCA8wMIho0umYa3jGveptunXDcE993BlsUGjLN"
        + "bXC4aWVEtgo9yu98gKqhYGFEx7Mtk5NYOvWoNvcUBe2L2Q==";

    [Theory]
    [InlineData(IntelKey, 0x494E5443, "https://ekop.intel.com/ekcertservice/WVEG2rRwkQ7m3RpXlUphgo6Y2HLxl18h6ZZkkOAdnBE%3D")]
    [InlineData(AmdKey, 0x414D4400, "https://ftpm.amd.com/pki/aia/D027B3CE6A9B6B56846D2B9935884A88")]
    public void An_RSA_key_has_the_address_where_its_maker_published_its_certificate(string modulus, uint manufacturer, string address)
    {
        EndorsementCertificateAddress.Compute(Rsa(Convert.FromBase64String(modulus)), new TpmManufacturerId(manufacturer))!.AbsoluteUri.Should().Be(address);
    }

    [Fact]
    public void An_ECC_key_has_an_address_made_of_both_coordinates_in_full_width()
    {
        TpmtPublic key = TestKeys.EccEndorsementKey;
        TpmsEccPoint point = (TpmsEccPoint)key.Unique;
        byte[] coordinates = [.. point.X.Span, .. point.Y.Span];
        string intel = Convert.ToBase64String(SHA256.HashData(coordinates)).Replace('+', '-').Replace('/', '_').Replace("=", "%3D", StringComparison.Ordinal);
        string amd = Convert.ToHexString(SHA256.HashData([0, 0, 0x44, 0x44, .. coordinates]))[..32];

        EndorsementCertificateAddress.Compute(key, EndorsementCertificateAddress.Intel)!.AbsoluteUri.Should().Be($"https://ekop.intel.com/ekcertservice/{intel}");
        EndorsementCertificateAddress.Compute(key, EndorsementCertificateAddress.Amd)!.AbsoluteUri.Should().Be($"https://ftpm.amd.com/pki/aia/{amd}");
    }

    [Fact]
    public void A_coordinate_without_its_leading_zeros_has_the_same_address_as_with_them()
    {
        using ECDsa key = KeyWithLeadingZero();
        ECPoint q = key.ExportParameters(false).Q;

        EndorsementCertificateAddress.Compute(Ecc(q.X!.AsSpan().TrimStart((byte)0), q.Y!), EndorsementCertificateAddress.Intel)
            .Should().Be(EndorsementCertificateAddress.Compute(Ecc(q.X, q.Y!), EndorsementCertificateAddress.Intel)).And.NotBeNull();
    }

    [Theory]
    [InlineData(0x49465800)] // "IFX"
    [InlineData(0x4E544300)] // "NTC"
    [InlineData(0x00001014)]
    [InlineData(0)]
    public void Other_makers_publish_none(uint manufacturer)
    {
        EndorsementCertificateAddress.Compute(TestKeys.EccEndorsementKey, new TpmManufacturerId(manufacturer)).Should().BeNull();
    }

    [Fact]
    public void The_makers_that_publish_are_called_by_their_names()
    {
        EndorsementCertificateAddress.Amd.Name.Should().Be("AMD");
        EndorsementCertificateAddress.Intel.Name.Should().Be("Intel");
    }

    [Fact]
    public void Numbers_that_are_no_key_have_no_address()
    {
        EndorsementCertificateAddress.Compute(EndorsementKeyTemplate.L1.PublicArea, EndorsementCertificateAddress.Intel).Should().BeNull();
        EndorsementCertificateAddress.Compute(Ecc(new byte[33], new byte[32]), EndorsementCertificateAddress.Amd).Should().BeNull();
    }

    private static ECDsa KeyWithLeadingZero()
    {
        for (; ;)
        {
            ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            if (key.ExportParameters(false).Q.X![0] == 0)
            {
                return key;
            }

            key.Dispose();
        }
    }

    private static TpmtPublic Rsa(byte[] modulus) => Of(EndorsementKeyTemplate.L1, new Tpm2bPublicKeyRsa(modulus));

    private static TpmtPublic Ecc(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) => Of(EndorsementKeyTemplate.L2, new TpmsEccPoint(x, y));

    private static TpmtPublic Of(EndorsementKeyTemplate template, TpmuPublicId unique)
    {
        TpmtPublic area = template.PublicArea;
        return new TpmtPublic(area.NameAlg, area.ObjectAttributes, area.AuthPolicy.Span, area.Parameters, unique);
    }
}
