using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Tests.Keys;

/// <summary>Public areas that TPMs gave, and blobs made of them.</summary>
internal static class TestKeys
{
    // tpm2_createek -G ecc384.
    private const string EccEndorsementKeyHex =
        "0023000C000300F20030B26E7D28D11A50BC53D882BCF5FD3A1A074148BB35D3B4E4CB1C0AD9BDE419CACB47BA09699646150F9FC000F3F8"
        + "0E120006010000430010000400100030B240F2F04BDF234D2DCF956E9B72DE17C646CE53BD4BCE4F9E06F28E007047EFF866B5A110E3B563"
        + "E331C73D502A9CCE00309B4888A8832417DA31FF37FA0B8464F01CDC56C8F1650A52FC8C80F0BD4D188F834139AF16A609973FF4BC53917F"
        + "444B";

    // tpm2_createak -G ecc -g sha256 -s ecdsa.
    private const string AttestationKeyHex =
        "0023000B00050072000000100018000B000300100020F4F8B4221FA2B6606138BECF520DEF220597E8730167FA0359A070F6CDC08FDE0020"
        + "E3380CED46CECB74B656780286D88A20E71B729DC02CC02527CC5C18EBC2A001";

    internal static TpmtPublic EccEndorsementKey => TpmWire.Parse<TpmtPublic>(Convert.FromHexString(EccEndorsementKeyHex));

    internal static TpmtPublic AttestationKey => TpmWire.Parse<TpmtPublic>(Convert.FromHexString(AttestationKeyHex));

    internal static TpmKeyBlob Blob(byte filling = 0xAB, int privateSize = 126)
    {
        byte[] privateArea = new byte[privateSize];
        Array.Fill(privateArea, filling);
        return new TpmKeyBlob(EndorsementKeyTemplate.H3, EccEndorsementKey.ComputeName(), AttestationKey, privateArea);
    }
}
