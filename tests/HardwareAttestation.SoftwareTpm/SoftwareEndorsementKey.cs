using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Structures;

namespace HardwareAttestation.SoftwareTpms;

/// <summary>
/// An endorsement key whose private part the test holds, with TPM2_ActivateCredential written from the specification (TPM 2.0 Library, Part 1, section 24
/// and annexes B.10 and C.6) and sharing nothing with the code under test.
/// </summary>
internal sealed class SoftwareEndorsementKey : IDisposable
{
    public const TpmaObject UsualAttributes = TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.SensitiveDataOrigin
        | TpmaObject.AdminWithPolicy | TpmaObject.Restricted | TpmaObject.Decrypt;

    private readonly RSA? _rsa;
    private readonly ECDiffieHellman? _ecdh;

    private SoftwareEndorsementKey(TpmtPublic publicArea, RSA? rsa, ECDiffieHellman? ecdh)
    {
        Public = publicArea;
        _rsa = rsa;
        _ecdh = ecdh;
    }

    public TpmtPublic Public { get; }

    public bool IsRsa => _rsa is not null;

    public PublicKey CertifiedKey => new((AsymmetricAlgorithm?)_rsa ?? _ecdh!);

    public static SoftwareEndorsementKey Rsa(
        int bits = 2048, TpmAlgId nameAlg = TpmAlgId.Sha256, TpmtSymDef? symmetric = null, TpmaObject attributes = UsualAttributes, int index = 0)
    {
        RSA rsa = TestKeys.Rsa(bits, index);
        TpmtPublic publicArea = new(
            nameAlg,
            attributes,
            Policy(nameAlg),
            new TpmsRsaParms(symmetric ?? TpmtSymDef.Aes128Cfb, TpmtScheme.Null, (ushort)bits, 0),
            new Tpm2bPublicKeyRsa(rsa.ExportParameters(false).Modulus));
        return new SoftwareEndorsementKey(publicArea, rsa, null);
    }

    public static SoftwareEndorsementKey Ecc(
        TpmEccCurve curve = TpmEccCurve.NistP256, TpmAlgId nameAlg = TpmAlgId.Sha256, TpmtSymDef? symmetric = null, TpmaObject attributes = UsualAttributes)
    {
        ECDiffieHellman ecdh = ECDiffieHellman.Create(curve switch
        {
            TpmEccCurve.NistP384 => ECCurve.NamedCurves.nistP384,
            TpmEccCurve.NistP521 => ECCurve.NamedCurves.nistP521,
            _ => ECCurve.NamedCurves.nistP256,
        });
        ECPoint point = ecdh.ExportParameters(false).Q;
        TpmtPublic publicArea = new(
            nameAlg,
            attributes,
            Policy(nameAlg),
            new TpmsEccParms(symmetric ?? TpmtSymDef.Aes128Cfb, TpmtScheme.Null, curve, TpmtScheme.Null),
            new TpmsEccPoint(point.X, point.Y));
        return new SoftwareEndorsementKey(publicArea, null, ecdh);
    }

    /// <summary>TPM2_ActivateCredential.</summary>
    /// <param name="objectName">The Name of the object that is activated.</param>
    /// <param name="integrityHmac">TPMS_ID_OBJECT.integrityHMAC.</param>
    /// <param name="encIdentity">TPMS_ID_OBJECT.encIdentity.</param>
    /// <param name="encryptedSecret">The content of TPM2B_ENCRYPTED_SECRET.</param>
    /// <returns>The secret, or null where a TPM would answer TPM_RC_INTEGRITY or TPM_RC_VALUE.</returns>
    public byte[]? ActivateCredential(byte[] objectName, byte[] integrityHmac, byte[] encIdentity, byte[] encryptedSecret)
    {
        byte[]? seed = _rsa is not null ? OpenOaep(encryptedSecret) : OpenEcdh(encryptedSecret);
        if (seed is null)
        {
            return null;
        }

        TpmHash.TryGetDigestSize(Public.NameAlg, out int digestSize);
        byte[] hmacKey = KdfA(Public.NameAlg, seed, "INTEGRITY", [], digestSize * 8);
        byte[] authenticated = [.. encIdentity, .. objectName];
        byte[] expected = CryptographicOperations.HmacData(TpmHash.GetName(Public.NameAlg), hmacKey, authenticated);
        if (!expected.AsSpan().SequenceEqual(integrityHmac))
        {
            return null;
        }

        TpmtSymDef symmetric = Public.Parameters is TpmsRsaParms rsa ? rsa.Symmetric : ((TpmsEccParms)Public.Parameters).Symmetric;
        byte[] plain = DecryptCfb(KdfA(Public.NameAlg, seed, "STORAGE", objectName, symmetric.KeyBits), encIdentity);
        int size = BinaryPrimitives.ReadUInt16BigEndian(plain);
        return size == plain.Length - sizeof(ushort) ? plain[sizeof(ushort)..] : null;
    }

    /// <summary>KDFa by its formula: HMAC over counter, label with NUL, context and bit count, block after block.</summary>
    public static byte[] KdfA(TpmAlgId hash, byte[] key, string label, byte[] context, int bits)
    {
        List<byte> result = [];
        for (uint counter = 1; result.Count < bits / 8; counter++)
        {
            byte[] input = new TestWire().U32(counter).Raw([.. label.Select(c => (byte)c)]).U8(0).Raw(context).U32((uint)bits).ToArray();
            result.AddRange(CryptographicOperations.HmacData(TpmHash.GetName(hash), key, input));
        }

        return [.. result.Take(bits / 8)];
    }

    /// <summary>KDFe by its formula: the hash over counter, shared x, label with NUL and both parties' x, for one block.</summary>
    public static byte[] KdfE(TpmAlgId hash, byte[] sharedX, string label, byte[] partyU, byte[] partyV) => TpmHash.HashData(
        hash, new TestWire().U32(1).Raw(sharedX).Raw([.. label.Select(c => (byte)c)]).U8(0).Raw(partyU).Raw(partyV).ToArray());

    public void Dispose()
    {
        _rsa?.Dispose();
        _ecdh?.Dispose();
    }

    // PolicySecret(TPM_RH_ENDORSEMENT) in SHA-256; what the policy says is of no importance to who makes a credential.
    private static byte[] Policy(TpmAlgId nameAlg) =>
        TpmHash.TryGetDigestSize(nameAlg, out int size) ? [.. Enumerable.Repeat((byte)0x83, size)] : [];

    private byte[]? OpenOaep(byte[] cipher)
    {
        RSAParameters key = _rsa!.ExportParameters(true);
        int size = key.Modulus!.Length;
        TpmHash.TryGetDigestSize(Public.NameAlg, out int digestSize);
        if (cipher.Length != size)
        {
            return null;
        }

        // By the Chinese remainder theorem (RFC 8017, section 5.1.2): four times as fast, and tests open thousands.
        BigInteger first = BigInteger.ModPow(Number(cipher), Number(key.DP!), Number(key.P!));
        BigInteger second = BigInteger.ModPow(Number(cipher), Number(key.DQ!), Number(key.Q!));
        BigInteger difference = BigInteger.Remainder((first - second) * Number(key.InverseQ!), Number(key.P!));
        BigInteger message = second + (Number(key.Q!) * (difference.Sign < 0 ? difference + Number(key.P!) : difference));
        byte[] unpadded = message.ToByteArray(isUnsigned: true, isBigEndian: true);
        byte[] block = [.. new byte[size - unpadded.Length], .. unpadded];
        byte[] maskedSeed = block[1..(1 + digestSize)];
        byte[] maskedData = block[(1 + digestSize)..];
        byte[] seed = Xor(maskedSeed, Mgf1(maskedData, digestSize));
        byte[] data = Xor(maskedData, Mgf1(seed, maskedData.Length));
        int one = Array.FindIndex(data, digestSize, value => value != 0);
        bool padded = block[0] == 0 && one >= 0 && data[one] == 1
            && data.AsSpan(0, digestSize).SequenceEqual(TpmHash.HashData(Public.NameAlg, "IDENTITY\0"u8));
        return padded ? data[(one + 1)..] : null;
    }

    private byte[] Mgf1(byte[] seed, int size)
    {
        List<byte> mask = [];
        for (uint counter = 0; mask.Count < size; counter++)
        {
            mask.AddRange(TpmHash.HashData(Public.NameAlg, new TestWire().Raw(seed).U32(counter).ToArray()));
        }

        return [.. mask.Take(size)];
    }

    private byte[]? OpenEcdh(byte[] ephemeral)
    {
        ECParameters own = _ecdh!.ExportParameters(false);
        int width = own.Q.X!.Length;
        if (ephemeral.Length != 2 * (sizeof(ushort) + width))
        {
            return null;
        }

        byte[] x = ephemeral[2..(2 + width)];
        using ECDiffieHellman peer = ECDiffieHellman.Create(new ECParameters
        {
            Curve = own.Curve,
            Q = new ECPoint { X = x, Y = ephemeral[(4 + width)..] },
        });
        using ECDiffieHellmanPublicKey peerKey = peer.PublicKey;
        return KdfE(Public.NameAlg, _ecdh.DeriveRawSecretAgreement(peerKey), "IDENTITY", x, own.Q.X);
    }

    // CFB by hand: each block is the cipher's of the block before, exclusive-or'ed. The initialisation vector is zero.
    private static byte[] DecryptCfb(byte[] key, byte[] cipher)
    {
        using Aes aes = Aes.Create();
        aes.SetKey(key);
        byte[] feedback = new byte[16];
        byte[] plain = new byte[cipher.Length];
        for (int start = 0; start < cipher.Length; start += feedback.Length)
        {
            byte[] stream = aes.EncryptEcb(feedback, PaddingMode.None);
            for (int i = start; i < Math.Min(cipher.Length, start + feedback.Length); i++)
            {
                plain[i] = (byte)(cipher[i] ^ stream[i - start]);
                feedback[i - start] = cipher[i];
            }
        }

        return plain;
    }

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static byte[] Xor(byte[] left, byte[] right) => [.. left.Zip(right, (a, b) => (byte)(a ^ b))];
}
