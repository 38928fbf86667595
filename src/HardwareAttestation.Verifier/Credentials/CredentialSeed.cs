using System.Security.Cryptography;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier;

/// <summary>
/// The seed of a credential and its encrypted form (secret sharing; TPM 2.0 Library, Part 1, annexes B.10.4 for RSA and C.6.1 for ECC).
/// </summary>
internal static class CredentialSeed
{
    private static ReadOnlySpan<byte> IdentityWithNul => "IDENTITY\0"u8;

    /// <summary>Makes a seed for a key that <see cref="EndorsementKeyPolicy"/> found right.</summary>
    /// <returns>The seed, as long as a digest of nameAlg, and the content of TPM2B_ENCRYPTED_SECRET.</returns>
    public static (byte[] Seed, byte[] EncryptedSecret) Make(TpmtPublic endorsementKey) => endorsementKey.Unique switch
    {
        Tpm2bPublicKeyRsa rsa => MakeForRsa(rsa, endorsementKey.NameAlg),
        TpmsEccPoint point => MakeForEcc(point, ((TpmsEccParms)endorsementKey.Parameters).CurveId, endorsementKey.NameAlg),
        _ => throw new ArgumentException("The key is neither RSA nor ECC.", nameof(endorsementKey)),
    };

    private static (byte[] Seed, byte[] EncryptedSecret) MakeForRsa(Tpm2bPublicKeyRsa rsa, TpmAlgId nameAlg)
    {
        TpmHash.TryGetDigestSize(nameAlg, out int digestSize);
        byte[] seed = RandomNumberGenerator.GetBytes(digestSize);
        return (seed, OaepEncryption.Encrypt(rsa.Modulus.Span, nameAlg, IdentityWithNul, seed));
    }

    private static (byte[] Seed, byte[] EncryptedSecret) MakeForEcc(TpmsEccPoint point, TpmEccCurve curveId, TpmAlgId nameAlg)
    {
        ECParameters peerParameters = PublicKeys.ToParameters(point, curveId);
        using ECDiffieHellman peer = ECDiffieHellman.Create(peerParameters);
        using ECDiffieHellman ephemeral = ECDiffieHellman.Create(peerParameters.Curve);
        ECPoint ephemeralPoint = ephemeral.ExportParameters(includePrivateParameters: false).Q;
        using ECDiffieHellmanPublicKey peerKey = peer.PublicKey;
        byte[] seed = KeyDerivation.KdfE(nameAlg, ephemeral, peerKey, "IDENTITY", ephemeralPoint.X, peerParameters.Q.X);

        byte[] encryptedSecret = new byte[2 * (sizeof(ushort) + ephemeralPoint.X!.Length)];
        TpmWriter writer = new(encryptedSecret);
        writer.WriteSized(ephemeralPoint.X);
        writer.WriteSized(ephemeralPoint.Y);
        return (seed, encryptedSecret);
    }
}
