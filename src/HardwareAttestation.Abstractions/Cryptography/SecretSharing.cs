using System.Security.Cryptography;
using System.Text;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Cryptography;

/// <summary>
/// Secret sharing with a TPM: a seed, and its form that only the TPM with the private key can open (TPM 2.0 Library, Part 1, annexes B.10 for RSA and C.6 for
/// ECC). Credentials and the salts of sessions begin with one.
/// </summary>
public static class SecretSharing
{
    /// <summary>The label of a credential's seed.</summary>
    public const string IdentityLabel = "IDENTITY";

    /// <summary>The label of a session's salt.</summary>
    public const string SecretLabel = "SECRET";

    /// <summary>Makes a seed for a key.</summary>
    /// <param name="key">A decryption key without a scheme of its own, such as an endorsement key.</param>
    /// <param name="label">What the seed is for, ASCII, without its NUL.</param>
    /// <param name="encryptedSecret">The content of TPM2B_ENCRYPTED_SECRET, without its size.</param>
    /// <param name="random">
    /// Gives random numbers that can be had again, as a recording that is to be replayed needs them; null for the platform's, as anything but a recording or a test should have.
    /// </param>
    /// <returns>The seed, as long as a digest of the key's nameAlg. Whoever asks for it is to clear it.</returns>
    /// <exception cref="ArgumentException">The key's numbers are not those of a key (<see cref="PublicKeys.FindFault"/>), or .NET lacks its nameAlg.</exception>
    public static byte[] MakeSeed(TpmtPublic key, string label, out byte[] encryptedSecret, RandomNumberGenerator? random = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(label);
        if (PublicKeys.FindFault(key) is { } fault)
        {
            throw new ArgumentException(fault, nameof(key));
        }

        return key.Unique is Tpm2bPublicKeyRsa rsa
            ? MakeForRsa(rsa, key.NameAlg, label, random, out encryptedSecret)
            : MakeForEcc((TpmsEccPoint)key.Unique, WeierstrassCurve.Find(((TpmsEccParms)key.Parameters).CurveId)!, key.NameAlg, label, random, out encryptedSecret);
    }

    // Its topmost byte holds one bit.
    private const int P521FieldSize = 66;

    private static byte[] MakeForRsa(Tpm2bPublicKeyRsa rsa, TpmAlgId nameAlg, string label, RandomNumberGenerator? random, out byte[] encryptedSecret)
    {
        TpmHash.TryGetDigestSize(nameAlg, out int digestSize);
        byte[] seed = new byte[digestSize];
        Fill(random, seed);
        Span<byte> paddingSeed = stackalloc byte[TpmHash.MaximumDigestSize];
        paddingSeed = paddingSeed[..digestSize];
        Fill(random, paddingSeed);
        encryptedSecret = OaepEncryption.Encrypt(rsa.Modulus.Span, nameAlg, [.. Encoding.ASCII.GetBytes(label), 0], seed, paddingSeed);
        CryptographicOperations.ZeroMemory(paddingSeed);
        return seed;
    }

    private static byte[] MakeForEcc(TpmsEccPoint point, WeierstrassCurve curve, TpmAlgId nameAlg, string label, RandomNumberGenerator? random, out byte[] encryptedSecret)
    {
        ECParameters peerParameters = new() { Curve = curve.Platform, Q = point.ToPlatform(curve.Size) };
        using ECDiffieHellman peer = ECDiffieHellman.Create(peerParameters);
        using ECDiffieHellman ephemeral = CreateKey(peerParameters.Curve, peerParameters.Q.X!.Length, random);
        ECPoint ephemeralPoint = ephemeral.ExportParameters(includePrivateParameters: false).Q;
        using ECDiffieHellmanPublicKey peerKey = peer.PublicKey;

        encryptedSecret = new byte[2 * (sizeof(ushort) + ephemeralPoint.X!.Length)];
        TpmWriter writer = new(encryptedSecret);
        writer.WriteSized(ephemeralPoint.X);
        writer.WriteSized(ephemeralPoint.Y);
        return KeyDerivation.KdfE(nameAlg, ephemeral, peerKey, label, ephemeralPoint.X, peerParameters.Q.X);
    }

    private static ECDiffieHellman CreateKey(ECCurve curve, int fieldSize, RandomNumberGenerator? random)
    {
        if (random is null)
        {
            return ECDiffieHellman.Create(curve);
        }

        // Below half of the order of any curve here, whose orders are close to the next power of two: that takes one bit away.
        byte[] number = new byte[fieldSize];
        random.GetBytes(number);
        number[0] &= fieldSize == P521FieldSize ? (byte)0x00 : (byte)0x7F;
        try
        {
            return ECDiffieHellman.Create(new ECParameters { Curve = curve, D = number });
        }
        finally
        {
            CryptographicOperations.ZeroMemory(number);
        }
    }

    private static void Fill(RandomNumberGenerator? random, Span<byte> bytes)
    {
        if (random is null)
        {
            RandomNumberGenerator.Fill(bytes);
        }
        else
        {
            random.GetBytes(bytes);
        }
    }
}
