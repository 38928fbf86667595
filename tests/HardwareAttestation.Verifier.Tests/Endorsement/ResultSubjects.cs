using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.Verifier.Tests.Endorsement;

/// <summary>The chain of a result in words.</summary>
internal static class ResultSubjects
{
    public static string[] Subjects(this EndorsementCertificateResult result) => [.. result.Chain.Select(SubjectOf)];

    private static string SubjectOf(ReadOnlyMemory<byte> der)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der.Span);
        return certificate.Subject;
    }
}
