using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.Verifier;

/// <summary>The addresses that a certificate names. Read here and not by the platform, which gives none at all where one is not to its taste.</summary>
internal static class CertificateAddresses
{
    private const string AuthorityInformationAccess = "1.3.6.1.5.5.7.1.1";
    private const string CaIssuers = "1.3.6.1.5.5.7.48.2";
    private const string DistributionPoints = "2.5.29.31";

    // GeneralName (RFC 5280, section 4.2.1.6).
    private static readonly Asn1Tag UniformResourceIdentifier = new(TagClass.ContextSpecific, 6);

    // DistributionPoint.distributionPoint, and DistributionPointName.fullName in it (RFC 5280, section 4.2.1.13).
    private static readonly Asn1Tag First = new(TagClass.ContextSpecific, 0);

    /// <summary>Where its issuer's certificate is (RFC 5280, section 4.2.2.1).</summary>
    public static IReadOnlyList<string> OfIssuers(X509Certificate2 certificate) => Read(certificate, AuthorityInformationAccess, ReadAccess);

    /// <summary>Where its issuer's revocation list is. Those of lists by somebody else, or of some reasons alone, are left out: such lists are not understood here.</summary>
    public static IReadOnlyList<string> OfLists(X509Certificate2 certificate) => Read(certificate, DistributionPoints, ReadPoint);

    private static List<string> Read(X509Certificate2 certificate, string id, Action<AsnReader, List<string>> read)
    {
        List<string> addresses = [];
        try
        {
            foreach (X509Extension extension in certificate.Extensions.Where(extension => extension.Oid?.Value == id))
            {
                AsnReader entries = new AsnReader(extension.RawData, AsnEncodingRules.BER).ReadSequence();
                while (entries.HasData)
                {
                    read(entries.ReadSequence(), addresses);
                }
            }
        }
        catch (AsnContentException)
        {
            // What was read until then may still serve.
        }

        return addresses;
    }

    private static void ReadAccess(AsnReader access, List<string> addresses)
    {
        if (access.ReadObjectIdentifier() == CaIssuers)
        {
            ReadName(access, addresses);
        }
    }

    private static void ReadPoint(AsnReader point, List<string> addresses)
    {
        if (!point.HasData || !point.PeekTag().HasSameClassAndValue(First))
        {
            return;
        }

        AsnReader name = point.ReadSequence(First);
        if (point.HasData || !name.PeekTag().HasSameClassAndValue(First))
        {
            return;
        }

        AsnReader names = name.ReadSequence(First);
        while (names.HasData)
        {
            ReadName(names, addresses);
        }
    }

    private static void ReadName(AsnReader names, List<string> addresses)
    {
        if (names.PeekTag().HasSameClassAndValue(UniformResourceIdentifier))
        {
            addresses.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, UniformResourceIdentifier));
        }
        else
        {
            names.ReadEncodedValue();
        }
    }
}
