namespace HardwareAttestation.Verifier;

/// <summary>
/// Firmware that is known to be broken, by manufacturer and version, both ends included. Only what a certificate can tell is here: Intel's and AMD's certificates name no version of
/// the firmware that TPM-FAIL (CVE-2019-11090) and faulTPM are about.
/// </summary>
internal static class VulnerableFirmware
{
    private const uint Infineon = 0x49465800;
    private const uint StMicroelectronics = 0x53544D20;
    private const uint Nuvoton = 0x4E544300;
    private const string Roca = "CVE-2017-15361 (ROCA: weak RSA keys)";
    private const string TpmFail = "CVE-2019-16863 (TPM-FAIL: ECDSA keys leak by timing)";
    private const string OutOfBounds = "CVE-2023-1017 (memory corruption)";

    // Sources: Microsoft's security advisory ADV170012; STMicroelectronics' advisory on its TPM firmware update for ECDSA; Nuvoton's security advisory SA-003.
    private static readonly VulnerableFirmwareRow[] Rows =
    [
        new(Infineon, new(4, 0), new(4, 33), Roca),
        new(Infineon, new(4, 40), new(4, 42), Roca),
        new(Infineon, new(5, 0), new(5, 61), Roca),
        new(Infineon, new(6, 0), new(6, 42), Roca),
        new(Infineon, new(7, 0), new(7, 61), Roca),
        new(Infineon, new(133, 0), new(133, 32), Roca),
        new(StMicroelectronics, new(71, 0), new(71, 0), TpmFail),
        new(StMicroelectronics, new(71, 4), new(71, 4), TpmFail),
        new(StMicroelectronics, new(71, 12), new(71, 12), TpmFail),
        new(StMicroelectronics, new(73, 0), new(73, 0), TpmFail),
        new(StMicroelectronics, new(73, 4), new(73, 5), TpmFail),
        new(StMicroelectronics, new(73, 8), new(73, 9), TpmFail),
        new(StMicroelectronics, new(74, 0), new(74, 0), TpmFail),
        new(StMicroelectronics, new(74, 4), new(74, 5), TpmFail),
        new(StMicroelectronics, new(74, 8), new(74, 9), TpmFail),
        new(StMicroelectronics, new(74, 16), new(74, 16), TpmFail),

        // 1.3.2.20 is right, and cannot be told from 1.3.2.8 and those before it.
        new(Nuvoton, new(1, 3), new(1, 3), OutOfBounds),
    ];

    /// <summary>Says what is wrong with a firmware.</summary>
    /// <returns>The vulnerability, or null if none is known.</returns>
    public static string? Find(uint manufacturer, FirmwareVersion version) => Array.Find(
        Rows, row => row.Manufacturer == manufacturer && row.From.CompareTo(version) <= 0 && version.CompareTo(row.To) <= 0)?.Vulnerability;
}

/// <summary>A row of the table.</summary>
internal sealed record VulnerableFirmwareRow(uint Manufacturer, FirmwareVersion From, FirmwareVersion To, string Vulnerability);
