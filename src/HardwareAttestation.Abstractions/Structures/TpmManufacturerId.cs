using System.Buffers.Binary;

namespace HardwareAttestation.Structures;

/// <summary>The manufacturer of a TPM, as TPM_PT_MANUFACTURER and endorsement certificates name it (TCG TPM Vendor ID Registry).</summary>
/// <param name="Value">Four characters as a number, big-endian: "IFX" and a NUL are 0x49465800.</param>
public readonly record struct TpmManufacturerId(uint Value)
{
    private static readonly Dictionary<uint, string> Names = new()
    {
        [0x414D4400] = "AMD",
        [0x414D5A4E] = "Amazon",
        [0x414E5400] = "Ant Group",
        [0x41544D4C] = "Atmel",
        [0x4252434D] = "Broadcom",
        [0x4353434F] = "Cisco",
        [0x464C5953] = "FlySlice Technologies",
        [0x474F4F47] = "Google",
        [0x48495349] = "HiSilicon",
        [0x48504500] = "HPE",
        [0x48504900] = "HPI",
        [0x49424D00] = "IBM",
        [0x49424D20] = "IBM",
        [0x49465800] = "Infineon",
        [0x494E5443] = "Intel",
        [0x4C454E00] = "Lenovo",
        [0x4D534654] = "Microsoft",
        [0x4E534D20] = "National Semiconductor",
        [0x4E544300] = "Nuvoton",
        [0x4E545A00] = "Nationz",
        [0x51434F4D] = "Qualcomm",
        [0x524F4343] = "Rockchip",
        [0x53454345] = "SecEdge",
        [0x534D5343] = "SMSC",
        [0x534D534E] = "Samsung",
        [0x534E5300] = "Sinosun",
        [0x53544D20] = "STMicroelectronics",
        [0x54584E00] = "Texas Instruments",
        [0x564D5700] = "VMware",
        [0x57454300] = "Winbond",
        [0x58434720] = "TCG reference implementation",

        // swtpm's certificates name IBM by this number; its TPM has the characters.
        [0x00001014] = "IBM (swtpm)",
    };

    /// <summary>The manufacturer's name; null if it is not known here.</summary>
    public string? Name => Names.GetValueOrDefault(Value);

    /// <summary>The characters, without those at the end that fill up, and with '?' for what cannot be printed.</summary>
    public string Code
    {
        get
        {
            const char FirstPrintable = ' ';
            const char LastPrintable = '~';
            Span<byte> bytes = stackalloc byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, Value);
            Span<char> characters = stackalloc char[sizeof(uint)];
            ReadOnlySpan<byte> used = bytes.TrimEnd(stackalloc byte[] { 0x00, (byte)FirstPrintable });
            for (int i = 0; i < used.Length; i++)
            {
                characters[i] = (char)used[i] is >= FirstPrintable and <= LastPrintable ? (char)used[i] : '?';
            }

            return characters[..used.Length].ToString();
        }
    }

    /// <summary>The manufacturer in words.</summary>
    /// <returns>The name, or where that is not known the number, e.g. <c>id:12345678</c>.</returns>
    public override string ToString() => Name ?? $"id:{Value:X8}";
}
