using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier.Tests.Credentials;

/// <summary>Credentials, opened by a counterpart that was written from the specification by itself.</summary>
public sealed class CredentialMakerTests
{
    private static readonly TpmName Name = new([0x00, 0x0B, .. SHA256.HashData("an attestation key"u8)]);

    public static TheoryData<string, TpmAlgId, int> EveryKindOfKey
    {
        get
        {
            TheoryData<string, TpmAlgId, int> data = [];
            foreach (string key in (string[])["rsa2048", "rsa3072", "rsa4096", "p256", "p384", "p521"])
            {
                foreach (TpmAlgId nameAlg in (TpmAlgId[])[TpmAlgId.Sha256, TpmAlgId.Sha384, TpmAlgId.Sha512])
                {
                    data.Add(key, nameAlg, 128);
                    data.Add(key, nameAlg, 256);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(EveryKindOfKey))]
    public void A_credential_is_opened_with_the_key_and_the_Name_it_was_made_for(string kind, TpmAlgId nameAlg, int keyBits)
    {
        using SoftwareEndorsementKey key = Key(kind, nameAlg, keyBits);
        TpmHash.TryGetDigestSize(nameAlg, out int longest);

        // Around the borders of the cipher's blocks; few for RSA, which a BigInteger decrypts slowly.
        foreach (int size in kind.StartsWith("rsa", StringComparison.Ordinal) ? (int[])[1, longest] : [1, 2, 13, 14, 15, 30, 31, 32, longest])
        {
            byte[] secret = RandomNumberGenerator.GetBytes(size);

            Credential credential = CredentialMaker.MakeCredential(key.Public, Name, secret);

            Open(key, Name, credential).Should().Equal(secret);
        }
    }

    [Theory]
    [InlineData("rsa2048", TpmAlgId.Sha256, 128)]
    [InlineData("rsa3072", TpmAlgId.Sha384, 256)]
    [InlineData("rsa4096", TpmAlgId.Sha384, 256)]
    [InlineData("p256", TpmAlgId.Sha256, 128)]
    [InlineData("p384", TpmAlgId.Sha384, 256)]
    [InlineData("p521", TpmAlgId.Sha512, 256)]
    public void A_credential_is_made_for_a_certificate_by_the_template_of_its_key(string kind, TpmAlgId nameAlg, int keyBits)
    {
        using TestAuthority authority = TestAuthority.CreateRoot();
        using SoftwareEndorsementKey key = Key(kind, nameAlg, keyBits);
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(authority.Issue(key));
        byte[] secret = RandomNumberGenerator.GetBytes(32);

        Open(key, Name, CredentialMaker.MakeCredential(certificate, Name, secret)).Should().Equal(secret);
    }

    [Fact]
    public void A_certificate_of_a_key_that_no_template_makes_is_misuse()
    {
        using TestAuthority authority = TestAuthority.CreateRoot();
        using RSA shortKey = RSA.Create(1024);
        using ECDsa curve = ECDsa.Create(ECCurve.CreateFromValue("1.3.132.0.10"));
        using ECDsa explicitCurve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        explicitCurve.ImportParameters(explicitCurve.ExportExplicitParameters(true));

        foreach (PublicKey key in new[] { new PublicKey(shortKey), new PublicKey(curve), new PublicKey(explicitCurve) })
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(authority.Issue(key));
            Func<object> make = () => CredentialMaker.MakeCredential(certificate, Name, new byte[32]);

            make.Should().Throw<ArgumentException>().WithParameterName("certificate").WithMessage("*no template*");
        }
    }

    [Fact]
    public void A06_CredentialForAnotherName_IsNotOpened()
    {
        using SoftwareEndorsementKey key = SoftwareEndorsementKey.Rsa();
        Credential credential = CredentialMaker.MakeCredential(key.Public, Name, new byte[32]);

        Open(key, new TpmName([0x00, 0x0B, .. SHA256.HashData("another key"u8)]), credential).Should().BeNull();
        Open(key, new TpmName([]), credential).Should().BeNull();
    }

    [Theory]
    [InlineData("rsa2048")]
    [InlineData("p256")]
    public void A06_CredentialForAnotherEndorsementKey_IsNotOpened(string kind)
    {
        using SoftwareEndorsementKey key = Key(kind, TpmAlgId.Sha256, 128);
        using SoftwareEndorsementKey other = kind == "p256" ? SoftwareEndorsementKey.Ecc() : SoftwareEndorsementKey.Rsa(index: 1);

        Open(other, Name, CredentialMaker.MakeCredential(key.Public, Name, new byte[32])).Should().BeNull();
    }

    [Theory]
    [InlineData("rsa2048")]
    [InlineData("p256")]
    public void Two_credentials_of_one_secret_have_nothing_in_common(string kind)
    {
        using SoftwareEndorsementKey key = Key(kind, TpmAlgId.Sha256, 128);
        Credential first = CredentialMaker.MakeCredential(key.Public, Name, new byte[32]);
        Credential second = CredentialMaker.MakeCredential(key.Public, Name, new byte[32]);

        first.EncryptedSecret.ToArray().Should().NotEqual(second.EncryptedSecret.ToArray());
        first.CredentialBlob.EncIdentity.ToArray().Should().NotEqual(second.CredentialBlob.EncIdentity.ToArray());
        first.CredentialBlob.IntegrityHmac.ToArray().Should().NotEqual(second.CredentialBlob.IntegrityHmac.ToArray());
    }

    // A coordinate with a zero in front, which one key in 256 has: it must enter the derivation in full width.
    [Fact]
    public void A_point_with_leading_zeros_left_out_opens_the_same_credential()
    {
        for (int attempt = 0; attempt < 20_000; attempt++)
        {
            SoftwareEndorsementKey key = SoftwareEndorsementKey.Ecc();
            using (key)
            {
                var point = (TpmsEccPoint)key.Public.Unique;
                if (point.X.Span[0] != 0)
                {
                    continue;
                }

                TpmtPublic trimmed = new(
                    key.Public.NameAlg,
                    key.Public.ObjectAttributes,
                    key.Public.AuthPolicy.Span,
                    key.Public.Parameters,
                    new TpmsEccPoint(point.X.Span.TrimStart((byte)0), point.Y.Span.TrimStart((byte)0)));
                byte[] secret = RandomNumberGenerator.GetBytes(32);

                Open(key, Name, CredentialMaker.MakeCredential(trimmed, Name, secret)).Should().Equal(secret);
                return;
            }
        }

        Assert.Fail("One key in 256 has a zero in front.");
    }

    [Theory]
    [InlineData(0, TpmAlgId.Sha256)]
    [InlineData(33, TpmAlgId.Sha256)]
    [InlineData(64, TpmAlgId.Sha256)]
    [InlineData(65_536, TpmAlgId.Sha256)]
    [InlineData(49, TpmAlgId.Sha384)]
    [InlineData(65, TpmAlgId.Sha512)]
    public void A_secret_that_is_empty_or_longer_than_a_digest_is_misuse(int size, TpmAlgId nameAlg)
    {
        using SoftwareEndorsementKey key = SoftwareEndorsementKey.Rsa(nameAlg: nameAlg);

        Func<object> act = () => CredentialMaker.MakeCredential(key.Public, Name, new byte[size]);

        act.Should().Throw<ArgumentException>().WithParameterName("secret").WithMessage($"*{size} were given*");
    }

    [Theory]
    [InlineData(TpmaObject.Sign, CheckIds.EkPublicAttributes)]
    [InlineData(TpmaObject.Restricted, CheckIds.EkPublicAttributes)]
    [InlineData(TpmaObject.Decrypt, CheckIds.EkPublicAttributes)]
    [InlineData(TpmaObject.FixedTpm, CheckIds.EkPublicAttributes)]
    [InlineData(TpmaObject.FixedParent, CheckIds.EkPublicAttributes)]
    [InlineData(TpmaObject.SensitiveDataOrigin, CheckIds.EkPublicAttributes)]
    public void A10_KeyWithWrongAttributes_IsMisuse(TpmaObject attribute, string check)
    {
        using SoftwareEndorsementKey key = SoftwareEndorsementKey.Ecc(attributes: SoftwareEndorsementKey.UsualAttributes ^ attribute);

        IsMisuse(key.Public, check);
    }

    [Theory]
    [InlineData(TpmAlgId.Sha1)]
    [InlineData(TpmAlgId.Null)]
    [InlineData(TpmAlgId.Sm3_256)]
    public void A10_KeyWithAWeakNameAlg_IsMisuse(TpmAlgId nameAlg)
    {
        using SoftwareEndorsementKey key = SoftwareEndorsementKey.Ecc(nameAlg: nameAlg);

        IsMisuse(key.Public, CheckIds.EkPublicAlgorithms);
    }

    [Theory]
    [InlineData(TpmAlgId.Null, 0, TpmAlgId.None)]
    [InlineData(TpmAlgId.Aes, 0, TpmAlgId.Cfb)]
    [InlineData(TpmAlgId.Aes, 64, TpmAlgId.Cfb)]
    [InlineData(TpmAlgId.Aes, 65535, TpmAlgId.Cfb)]
    [InlineData(TpmAlgId.Aes, 128, TpmAlgId.Null)]
    [InlineData(TpmAlgId.Sm4, 128, TpmAlgId.Cfb)]
    [InlineData(TpmAlgId.Tdes, 128, TpmAlgId.Cfb)]
    public void A10_KeyWithoutAnAesCipher_IsMisuse(TpmAlgId algorithm, int keyBits, TpmAlgId mode)
    {
        TpmtSymDef symmetric = new(algorithm, (ushort)keyBits, mode);
        using SoftwareEndorsementKey ecc = SoftwareEndorsementKey.Ecc(symmetric: symmetric);
        using SoftwareEndorsementKey rsa = SoftwareEndorsementKey.Rsa(symmetric: symmetric);

        IsMisuse(ecc.Public, CheckIds.EkPublicAlgorithms);
        IsMisuse(rsa.Public, CheckIds.EkPublicAlgorithms);
    }

    [Fact]
    public void A07_ModulusThatIsNoModulus_IsMisuse()
    {
        using SoftwareEndorsementKey key = SoftwareEndorsementKey.Rsa();
        byte[] even = ((Tpm2bPublicKeyRsa)key.Public.Unique).Modulus.ToArray();
        even[^1] = 0;

        IsMisuse(With(key, new Tpm2bPublicKeyRsa(even)), CheckIds.EkPublicKey);
        IsMisuse(With(key, new Tpm2bPublicKeyRsa(new byte[256])), CheckIds.EkPublicKey);
        IsMisuse(With(key, new Tpm2bPublicKeyRsa([])), CheckIds.EkPublicKey);
    }

    [Fact]
    public void A08_PointThatIsNoPoint_IsMisuse()
    {
        using SoftwareEndorsementKey key = SoftwareEndorsementKey.Ecc();
        byte[] x = ((TpmsEccPoint)key.Public.Unique).X.ToArray();

        IsMisuse(With(key, new TpmsEccPoint(x, x)), CheckIds.EkPublicKey);
        IsMisuse(With(key, new TpmsEccPoint([], [])), CheckIds.EkPublicKey);
        IsMisuse(With(key, new TpmsEccPoint(new byte[66], new byte[66])), CheckIds.EkPublicKey);
    }

    private static TpmtPublic With(SoftwareEndorsementKey key, TpmuPublicId unique) => new(
        key.Public.NameAlg, key.Public.ObjectAttributes, key.Public.AuthPolicy.Span, key.Public.Parameters, unique);

    private static void IsMisuse(TpmtPublic key, string check)
    {
        Func<object> act = () => CredentialMaker.MakeCredential(key, Name, new byte[16]);

        act.Should().Throw<ArgumentException>().WithParameterName("endorsementKey").WithMessage($"*cannot open credentials*{check}*");
    }

    private static SoftwareEndorsementKey Key(string kind, TpmAlgId nameAlg, int keyBits)
    {
        TpmtSymDef symmetric = keyBits == 128 ? TpmtSymDef.Aes128Cfb : TpmtSymDef.Aes256Cfb;
        return kind switch
        {
            "rsa2048" => SoftwareEndorsementKey.Rsa(2048, nameAlg, symmetric),
            "rsa3072" => SoftwareEndorsementKey.Rsa(3072, nameAlg, symmetric),
            "rsa4096" => SoftwareEndorsementKey.Rsa(4096, nameAlg, symmetric),
            "p384" => SoftwareEndorsementKey.Ecc(TpmEccCurve.NistP384, nameAlg, symmetric),
            "p521" => SoftwareEndorsementKey.Ecc(TpmEccCurve.NistP521, nameAlg, symmetric),
            _ => SoftwareEndorsementKey.Ecc(TpmEccCurve.NistP256, nameAlg, symmetric),
        };
    }

    private static byte[]? Open(SoftwareEndorsementKey key, TpmName name, Credential credential) => key.ActivateCredential(
        name.Bytes.ToArray(),
        credential.CredentialBlob.IntegrityHmac.ToArray(),
        credential.CredentialBlob.EncIdentity.ToArray(),
        credential.EncryptedSecret.ToArray());
}
