using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace HardwareAttestation.Structures;

/// <summary>TPM_HANDLE: names something inside the TPM (TPM 2.0 Library, Part 2, section 7).</summary>
/// <param name="Value">The 32-bit handle; its uppermost byte is the handle's type.</param>
public readonly record struct TpmHandle(uint Value) : IParsable<TpmHandle>
{
    /// <summary>TPM_RH_OWNER, the storage hierarchy.</summary>
    public static TpmHandle Owner => new(0x40000001);

    /// <summary>TPM_RH_NULL.</summary>
    public static TpmHandle Null => new(0x40000007);

    /// <summary>TPM_RS_PW, which says that an authorisation is a plain authorisation value.</summary>
    public static TpmHandle Password => new(0x40000009);

    /// <summary>TPM_RH_LOCKOUT, whose authorisation resets the dictionary attack logic.</summary>
    public static TpmHandle Lockout => new(0x4000000A);

    /// <summary>TPM_RH_ENDORSEMENT, the endorsement hierarchy.</summary>
    public static TpmHandle Endorsement => new(0x4000000B);

    /// <summary>TPM_RH_PLATFORM, the hierarchy of the platform's firmware.</summary>
    public static TpmHandle Platform => new(0x4000000C);

    /// <summary>Whether the handle is of a transient object, which fills one of the TPM's few slots until it is flushed.</summary>
    public bool IsTransient => Value >> 24 == 0x80;

    /// <summary>Whether the handle is of an HMAC or policy session.</summary>
    public bool IsSession => Value >> 24 is 0x02 or 0x03;

    /// <summary>Whether the handle is one that every TPM has, such as that of a hierarchy.</summary>
    public bool IsPermanent => Value >> 24 == 0x40;

    /// <summary>Whether the handle is of a persistent object, which survives reboots.</summary>
    public bool IsPersistent => Value >> 24 == 0x81;

    /// <summary>Whether the handle is of an NV index.</summary>
    public bool IsNVIndex => Value >> 24 == 0x01;

    /// <summary>Reads the form that <see cref="ToString"/> gives.</summary>
    /// <param name="text">The text: <c>0x</c> and 1 to 8 hexadecimal digits.</param>
    /// <returns>The handle.</returns>
    /// <exception cref="FormatException">The text is not of that form.</exception>
    public static TpmHandle Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out TpmHandle handle)
            ? handle
            : throw new FormatException($"'{text}' is not a TPM handle; one looks like '0x81010001'.");
    }

    /// <summary>Reads the form that <see cref="ToString"/> gives, if it is of that form.</summary>
    /// <param name="text">The text.</param>
    /// <param name="handle">The handle.</param>
    /// <returns>Whether the text is <c>0x</c> and 1 to 8 hexadecimal digits.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out TpmHandle handle)
    {
        const string Prefix = "0x";
        const int MostDigits = 8;
        handle = default;

        // The platform would pass over NULs at the end.
        ReadOnlySpan<char> digits = text.AsSpan();
        if (!digits.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
            || digits.Length > Prefix.Length + MostDigits
            || !uint.TryParse(digits[Prefix.Length..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value)
            || digits[^1] == '\0')
        {
            return false;
        }

        handle = new(value);
        return true;
    }

    /// <inheritdoc/>
    static TpmHandle IParsable<TpmHandle>.Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static bool IParsable<TpmHandle>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out TpmHandle result) => TryParse(s, out result);

    /// <summary>The handle in hexadecimal, e.g. <c>0x81010001</c>.</summary>
    /// <returns>Ten characters.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{Value:x8}");
}
