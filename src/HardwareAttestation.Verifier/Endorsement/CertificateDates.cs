using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.Verifier;

/// <summary>
/// From when until when a certificate is valid, in UTC. For a date that no calendar has, the platform gives <see cref="DateTime.MinValue"/>, of which in half of the world's time zones there is no
/// <see cref="DateTimeOffset"/>.
/// </summary>
internal static class CertificateDates
{
    /// <returns>Null for a date that no calendar has.</returns>
    public static DateTimeOffset? NotBefore(X509Certificate2 certificate) => ToUtc(certificate.NotBefore);

    /// <returns>Null for a date that no calendar has.</returns>
    public static DateTimeOffset? NotAfter(X509Certificate2 certificate) => ToUtc(certificate.NotAfter);

    private static DateTimeOffset? ToUtc(DateTime date) => date == DateTime.MinValue ? null : new DateTimeOffset(date.ToUniversalTime());
}
