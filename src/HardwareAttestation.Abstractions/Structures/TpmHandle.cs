using System.Globalization;

namespace HardwareAttestation.Structures;

/// <summary>TPM_HANDLE: names something inside the TPM (TPM 2.0 Library, Part 2, section 7).</summary>
/// <param name="Value">The 32-bit handle; its uppermost byte is the handle's type.</param>
public readonly record struct TpmHandle(uint Value)
{
    /// <summary>TPM_RH_OWNER, the storage hierarchy.</summary>
    public static TpmHandle Owner => new(0x40000001);

    /// <summary>TPM_RH_NULL.</summary>
    public static TpmHandle Null => new(0x40000007);

    /// <summary>TPM_RS_PW, which says that an authorisation is a plain authorisation value.</summary>
    public static TpmHandle Password => new(0x40000009);

    /// <summary>TPM_RH_ENDORSEMENT, the endorsement hierarchy.</summary>
    public static TpmHandle Endorsement => new(0x4000000B);

    /// <summary>Whether the handle is of a transient object, which fills one of the TPM's few slots until it is flushed.</summary>
    public bool IsTransient => Value >> 24 == 0x80;

    /// <summary>Whether the handle is of an HMAC or policy session.</summary>
    public bool IsSession => Value >> 24 is 0x02 or 0x03;

    /// <summary>Whether the handle is of a persistent object, which survives reboots.</summary>
    public bool IsPersistent => Value >> 24 == 0x81;

    /// <summary>Whether the handle is of an NV index.</summary>
    public bool IsNVIndex => Value >> 24 == 0x01;

    /// <summary>The handle in hexadecimal, e.g. <c>0x81010001</c>.</summary>
    /// <returns>Ten characters.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{Value:x8}");
}
