using System.Buffers.Text;
using System.Security.Cryptography;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>
/// Where makers of firmware TPMs publish the certificate of an endorsement key that the TPM itself holds none for. The address is made of the key
/// alone, so it is computed; nothing is fetched here.
/// </summary>
/// <remarks>
/// What the addresses answer is as little trusted as anything else on the way: the verifier validates the certificate. Intel answers JSON, with the certificate
/// as base64url in its field <c>certificate</c>; AMD answers the certificate in DER.
/// </remarks>
public static class EndorsementCertificateAddress
{
    private const string AmdService = "https://ftpm.amd.com/pki/aia/";
    private const string IntelService = "https://ekop.intel.com/ekcertservice/";
    private const int AmdIdSize = 16;

    /// <summary>AMD, as its firmware TPM says: "AMD" and a NUL (TCG Vendor ID Registry).</summary>
    public static TpmManufacturerId Amd { get; } = new(0x414D4400);

    /// <summary>Intel, as its firmware TPM says: "INTC".</summary>
    public static TpmManufacturerId Intel { get; } = new(0x494E5443);

    // RSA keys have the exponent 65537: AMD's id is over it as a UINT32 in front of the modulus, Intel's over its bytes behind.
    private static ReadOnlySpan<byte> AmdRsaPrefix => [0x00, 0x00, 0x22, 0x22, 0x00, 0x01, 0x00, 0x01];

    private static ReadOnlySpan<byte> AmdEccPrefix => [0x00, 0x00, 0x44, 0x44];

    private static ReadOnlySpan<byte> IntelRsaSuffix => [0x01, 0x00, 0x01];

    /// <summary>Computes the address.</summary>
    /// <param name="endorsementKey">The public area of the endorsement key, RSA or ECC.</param>
    /// <param name="manufacturer">The TPM's maker, as <see cref="TpmInfo.Manufacturer"/> tells it.</param>
    /// <returns>The address; null for makers that publish none, and for a key whose numbers are not those of a key.</returns>
    public static Uri? Compute(TpmtPublic endorsementKey, TpmManufacturerId manufacturer)
    {
        ArgumentNullException.ThrowIfNull(endorsementKey);
        if (PublicKeys.FindFault(endorsementKey) is not null)
        {
            return null;
        }

        return manufacturer == Amd ? new Uri(AmdService + Convert.ToHexString(Hash(endorsementKey, AmdRsaPrefix, [], AmdEccPrefix).AsSpan(0, AmdIdSize)))
            : manufacturer == Intel ? new Uri(IntelService + IntelId(Hash(endorsementKey, [], IntelRsaSuffix, [])))
            : null;
    }

    // base64url with its padding, which a path writes as %3D.
    private static string IntelId(byte[] hash) => Base64Url.EncodeToString(hash) + "%3D";

    // A modulus, or both coordinates in the curve's width.
    private static byte[] Hash(TpmtPublic key, ReadOnlySpan<byte> rsaPrefix, ReadOnlySpan<byte> rsaSuffix, ReadOnlySpan<byte> eccPrefix)
    {
        if (key.Unique is Tpm2bPublicKeyRsa rsa)
        {
            return SHA256.HashData([.. rsaPrefix, .. rsa.Modulus.Span, .. rsaSuffix]);
        }

        ECPoint point = PublicKeys.GetECParameters(key).Q;
        return SHA256.HashData([.. eccPrefix, .. point.X!, .. point.Y!]);
    }
}
