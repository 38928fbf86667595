using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.SoftwareTpms;

/// <summary>What a certificate of a <see cref="TestAuthority"/> says.</summary>
internal sealed record CertificateDetails
{
    public const string EndorsementKeyUsage = "2.23.133.8.1";
    public const string AttestationKeyUsage = "2.23.133.8.3";

    public static readonly CertificateDetails Authority = new()
    {
        IsAuthority = true,
        KeyUsage = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign,
        NotBefore = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero),
        NotAfter = new(2049, 12, 31, 0, 0, 0, TimeSpan.Zero),
    };

    public static readonly CertificateDetails EndorsementKey = new()
    {
        IsAuthority = false,
        KeyUsage = X509KeyUsageFlags.KeyEncipherment,
        ExtendedKeyUsages = [EndorsementKeyUsage],
        HasTpmName = true,
    };

    public DateTimeOffset NotBefore { get; init; } = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public DateTimeOffset NotAfter { get; init; } = new(2045, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>basicConstraints.cA; null for no such extension.</summary>
    public bool? IsAuthority { get; init; }

    public int? PathLength { get; init; }

    public X509KeyUsageFlags? KeyUsage { get; init; }

    public string[] ExtendedKeyUsages { get; init; } = [];

    /// <summary>Whether there is a subjectAltName with the TPM's manufacturer, model and version.</summary>
    public bool HasTpmName { get; init; }

    /// <summary>The content of the subjectAltName, if it is another than usual; see <see cref="TpmNames"/>.</summary>
    public byte[]? TpmName { get; init; }

    /// <summary>Extensions besides.</summary>
    public X509Extension[] OtherExtensions { get; init; } = [];

    /// <summary>Subject and authority key identifiers; without them only names lead from one certificate to the next.</summary>
    public bool HasKeyIdentifiers { get; init; } = true;
}
