using System.Globalization;
using System.Numerics;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier.Tests.Mutations;

/// <summary>Changes of a TPMT_SIGNATURE that need more than other bytes: numbers that mean the same, or nearly.</summary>
internal static class SignatureChanges
{
    private static readonly BigInteger OrderOfP256 = BigInteger.Parse(
        "0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static readonly BigInteger OrderOfP384 = BigInteger.Parse(
        "0FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <param name="key">Whose signature it is.</param>
    /// <param name="signature">TPMT_SIGNATURE.</param>
    public static IEnumerable<(string Place, byte[] Signature)> Of(TpmtPublic key, byte[] signature)
    {
        TpmtSignature right = TpmWire.Parse<TpmtSignature>(signature);
        return right is TpmsSignatureEcc ecc
            ? OfEcc(signature[..4], ecc.SignatureR.ToArray(), ecc.SignatureS.ToArray())
            : OfRsa(signature[..4], ((TpmsSignatureRsa)right).Sig.ToArray(), ((Tpm2bPublicKeyRsa)key.Unique).Modulus.ToArray());
    }

    /// <summary>Signs until r begins with a zero, which a TPM may leave out.</summary>
    public static byte[] WithoutLeadingZero(SoftwareKey key, byte[] data)
    {
        byte[] r, s;
        do
        {
            (r, s) = key.SignEcc(data);
        }
        while (r[0] != 0);

        return Build([.. new TestWire().U16((int)TpmAlgId.EcDsa).U16((int)key.Hash).ToArray()], r[1..], s);
    }

    private static IEnumerable<(string Place, byte[] Signature)> OfEcc(byte[] head, byte[] r, byte[] s)
    {
        BigInteger order = r.Length == 32 ? OrderOfP256 : OrderOfP384;
        BigInteger number = Number(s);
        yield return ("(r, n - s)", Build(head, r, Bytes(order - number, s.Length)));
        yield return ("(r, n + s)", Build(head, r, Bytes(order + number, s.Length + 1)));
        yield return ("(r + n, s)", Build(head, Bytes(order + Number(r), r.Length + 1), s));
        yield return ("(s, r)", Build(head, s, r));
        yield return ("(0, 0)", Build(head, [], []));
        yield return ("(0, 0)", Build(head, new byte[r.Length], new byte[s.Length]));
        yield return ("(n, n)", Build(head, Bytes(order, r.Length), Bytes(order, s.Length)));
        yield return ("zeros in front", Build(head, [0, .. r], s));
        yield return ("zeros in front", Build(head, r, [0, .. s]));
    }

    private static IEnumerable<(string Place, byte[] Signature)> OfRsa(byte[] head, byte[] signature, byte[] modulus)
    {
        BigInteger n = Number(modulus);
        BigInteger number = Number(signature);
        yield return ("s + n", Build(head, Bytes(n + number, modulus.Length + 1)));
        if (BigInteger.Add(n, number) < BigInteger.Pow(2, modulus.Length * 8))
        {
            yield return ("s + n", Build(head, Bytes(n + number, modulus.Length)));
        }

        yield return ("n - s", Build(head, Bytes(n - number, modulus.Length)));
        yield return ("0, 1, n - 1 and n", Build(head, new byte[modulus.Length]));
        yield return ("0, 1, n - 1 and n", Build(head, Bytes(BigInteger.One, modulus.Length)));
        yield return ("0, 1, n - 1 and n", Build(head, Bytes(n - 1, modulus.Length)));
        yield return ("0, 1, n - 1 and n", Build(head, modulus));
        yield return ("zeros in front", Build(head, [0, .. signature]));
    }

    private static byte[] Build(byte[] head, params byte[][] numbers) =>
        [.. head, .. numbers.SelectMany(number => new TestWire().Sized(number).ToArray())];

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static byte[] Bytes(BigInteger number, int size)
    {
        byte[] digits = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[size - digits.Length], .. digits];
    }
}
