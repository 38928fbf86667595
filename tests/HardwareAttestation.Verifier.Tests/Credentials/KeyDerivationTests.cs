using System.Security.Cryptography;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier.Tests.Credentials;

/// <summary>The key derivations against their formulas, computed here with HMAC and hash alone.</summary>
public sealed class KeyDerivationTests
{
    [Theory]
    [InlineData(TpmAlgId.Sha1, 16)]
    [InlineData(TpmAlgId.Sha256, 16)]
    [InlineData(TpmAlgId.Sha256, 32)]
    [InlineData(TpmAlgId.Sha256, 33)]
    [InlineData(TpmAlgId.Sha256, 100)]
    [InlineData(TpmAlgId.Sha384, 32)]
    [InlineData(TpmAlgId.Sha384, 48)]
    [InlineData(TpmAlgId.Sha384, 96)]
    [InlineData(TpmAlgId.Sha512, 64)]
    [InlineData(TpmAlgId.Sha512, 200)]
    public void KDFa_is_HMAC_in_counter_mode(TpmAlgId hash, int size)
    {
        byte[] key = [.. Enumerable.Range(0, 48).Select(i => (byte)(i * 7))];
        foreach (byte[] context in (byte[][])[[], [1], new byte[34], [.. Enumerable.Range(0, 66).Select(i => (byte)i)]])
        {
            byte[] derived = new byte[size];

            KeyDerivation.KdfA(hash, key, "STORAGE", context, derived);

            derived.Should().Equal(SoftwareEndorsementKey.KdfA(hash, key, "STORAGE", context, size * 8));
        }
    }

    // One block, written out: HMAC(key, 00000001 | "INTEGRITY" 00 | context | 00000100).
    [Fact]
    public void KDFa_of_one_block_is_one_HMAC()
    {
        byte[] key = [.. Enumerable.Repeat((byte)0x0B, 32)];
        byte[] input = [0, 0, 0, 1, .. "INTEGRITY"u8, 0, 0xAA, 0xBB, 0, 0, 1, 0];
        byte[] derived = new byte[32];

        KeyDerivation.KdfA(TpmAlgId.Sha256, key, "INTEGRITY", [0xAA, 0xBB], derived);

        derived.Should().Equal(HMACSHA256.HashData(key, input));
    }

    [Theory]
    [InlineData(TpmEccCurve.NistP256, TpmAlgId.Sha256)]
    [InlineData(TpmEccCurve.NistP384, TpmAlgId.Sha384)]
    [InlineData(TpmEccCurve.NistP521, TpmAlgId.Sha512)]
    [InlineData(TpmEccCurve.NistP521, TpmAlgId.Sha256)]
    public void KDFe_is_the_hash_over_counter_shared_x_label_and_both_x(TpmEccCurve curve, TpmAlgId hash)
    {
        PublicKeys.TryGetCurve(curve, out ECCurve platformCurve, out int size);
        using ECDiffieHellman ours = ECDiffieHellman.Create(platformCurve);
        using ECDiffieHellman theirs = ECDiffieHellman.Create(platformCurve);
        using ECDiffieHellmanPublicKey theirPublic = theirs.PublicKey;
        byte[] x = ours.ExportParameters(false).Q.X!;
        byte[] theirX = theirs.ExportParameters(false).Q.X!;
        byte[] shared = theirs.DeriveRawSecretAgreement(ours.PublicKey);

        byte[] derived = KeyDerivation.KdfE(hash, ours, theirPublic, "IDENTITY", x, theirX);

        shared.Should().HaveCount(size);
        derived.Should().Equal(TpmHash.HashData(hash, [0, 0, 0, 1, .. shared, .. "IDENTITY"u8, 0, .. x, .. theirX]));
    }

    // The shared x has a zero in front in one agreement of 256: it must enter in full width.
    [Fact]
    public void KDFe_keeps_leading_zeros_of_the_shared_x()
    {
        using ECDiffieHellman ours = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        byte[] x = ours.ExportParameters(false).Q.X!;
        for (int attempt = 0; attempt < 20_000; attempt++)
        {
            using ECDiffieHellman theirs = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
            using ECDiffieHellmanPublicKey theirPublic = theirs.PublicKey;
            byte[] shared = ours.DeriveRawSecretAgreement(theirPublic);
            if (shared[0] != 0)
            {
                continue;
            }

            byte[] theirX = theirs.ExportParameters(false).Q.X!;

            KeyDerivation.KdfE(TpmAlgId.Sha256, ours, theirPublic, "IDENTITY", x, theirX)
                .Should().Equal(SoftwareEndorsementKey.KdfE(TpmAlgId.Sha256, shared, "IDENTITY", x, theirX));
            return;
        }

        Assert.Fail("One agreement in 256 has a zero in front.");
    }
}
