using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.Verifier;

/// <summary>A certificate revocation list (RFC 5280, section 5): who is revoked, by whose word, and until when that holds.</summary>
internal sealed class RevocationList
{
    private const string CrlNumber = "2.5.29.20";
    private const string AuthorityKeyIdentifier = "2.5.29.35";
    private readonly byte[] _issuer;
    private readonly CertificateSignature _signature;
    private readonly HashSet<string> _serialNumbers;
    private readonly DateTimeOffset _thisUpdate;
    private readonly bool _isUnderstood;

    private RevocationList(
        byte[] issuer, CertificateSignature signature, HashSet<string> serialNumbers, DateTimeOffset thisUpdate, DateTimeOffset? nextUpdate, bool isUnderstood)
    {
        _issuer = issuer;
        _signature = signature;
        _serialNumbers = serialNumbers;
        _thisUpdate = thisUpdate;
        NextUpdate = nextUpdate;
        _isUnderstood = isUnderstood;
    }

    /// <summary>When the next list is due at the latest; null if the list does not tell.</summary>
    public DateTimeOffset? NextUpdate { get; }

    /// <summary>How many certificates it has.</summary>
    public int Count => _serialNumbers.Count;

    /// <summary>Reads a list.</summary>
    /// <returns>The list, or null if the bytes are none.</returns>
    public static RevocationList? TryParse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            AsnReader outer = new(bytes, AsnEncodingRules.BER);
            AsnReader body = outer.ReadSequence().ReadSequence();
            outer.ThrowIfNotEmpty();

            // version is there from the second version on, and a certificate has its serial number or its version in a tag of its own here.
            if (body.PeekTag() == Asn1Tag.Integer && body.ReadInteger() != 1)
            {
                return null;
            }

            body.ReadSequence();
            byte[] issuer = body.ReadEncodedValue().ToArray();
            DateTimeOffset thisUpdate = ReadTime(body);
            DateTimeOffset? nextUpdate = body.HasData && IsTime(body.PeekTag()) ? ReadTime(body) : null;
            bool isUnderstood = true;
            HashSet<string> serialNumbers = new(StringComparer.Ordinal);
            if (body.HasData && body.PeekTag() == Asn1Tag.Sequence)
            {
                AsnReader entries = body.ReadSequence();
                while (entries.HasData)
                {
                    AsnReader entry = entries.ReadSequence();
                    serialNumbers.Add(SerialNumberOf(entry.ReadIntegerBytes().Span));
                    ReadTime(entry);
                    isUnderstood &= !entry.HasData || KnowsCriticalExtensions(entry.ReadSequence());
                }
            }

            Asn1Tag extensions = new(TagClass.ContextSpecific, 0, isConstructed: true);
            if (body.HasData)
            {
                isUnderstood &= KnowsCriticalExtensions(body.ReadSequence(extensions).ReadSequence());
            }

            body.ThrowIfNotEmpty();
            return new RevocationList(issuer, CertificateSignature.Read(bytes), serialNumbers, thisUpdate, nextUpdate, isUnderstood);
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    /// <summary>Whether the list is of a certificate's issuer, by its name.</summary>
    public bool IsFor(X509Certificate2 certificate) => certificate.IssuerName.RawData.AsSpan().SequenceEqual(_issuer);

    /// <summary>Whether an issuer's key signed the list. That is enough for it to be believed that a certificate is revoked.</summary>
    public bool IsBy(X509Certificate2 issuer) => issuer.SubjectName.RawData.AsSpan().SequenceEqual(_issuer) && _signature.IsBy(issuer);

    /// <summary>What a list that is signed by a certificate's issuer says of the certificate.</summary>
    public RevocationStatus StatusOf(X509Certificate2 certificate, X509Certificate2 issuer, DateTimeOffset time)
    {
        // A certificate that an old list has does not come back. One that such a list does not have may be revoked since.
        if (_serialNumbers.Contains(SerialNumberOf(certificate.SerialNumberBytes.Span)))
        {
            return RevocationStatus.Revoked;
        }

        // Who has a certificate without the right to sign lists, besides one with it, makes no revoked certificate unknown by it, and calls none good.
        return _isUnderstood && _thisUpdate <= time && time <= NextUpdate && ClearsFor(issuer) ? RevocationStatus.Good : RevocationStatus.Unknown;
    }

    // A serial number of old makers may be negative, and leading zeros depend on who reads it.
    private static string SerialNumberOf(ReadOnlySpan<byte> number) => Convert.ToHexString(number.TrimStart((byte)0));

    // Indirect lists, lists of some reasons or some certificates alone, and changes to another list say so in critical extensions.
    private static bool KnowsCriticalExtensions(AsnReader extensions)
    {
        bool known = true;
        while (extensions.HasData)
        {
            AsnReader extension = extensions.ReadSequence();
            string id = extension.ReadObjectIdentifier();
            bool isCritical = extension.PeekTag() == Asn1Tag.Boolean && extension.ReadBoolean();
            known &= !isCritical || id is CrlNumber or AuthorityKeyIdentifier;
        }

        return known;
    }

    private static bool IsTime(Asn1Tag tag) => tag == Asn1Tag.UtcTime || tag == Asn1Tag.GeneralizedTime;

    private static DateTimeOffset ReadTime(AsnReader reader) => reader.PeekTag() == Asn1Tag.UtcTime
        ? reader.ReadUtcTime(twoDigitYearMax: 2049)
        : reader.ReadGeneralizedTime();

    // Whether a list that an issuer signed is also believed that a certificate is not revoked: by an algorithm that is accepted, and by an issuer that may sign lists.
    private bool ClearsFor(X509Certificate2 issuer) =>
        _signature.IsStrong
        && issuer.Extensions.OfType<X509KeyUsageExtension>().All(usage => usage.KeyUsages.HasFlag(X509KeyUsageFlags.CrlSign));
}

/// <summary>Whether a certificate is revoked.</summary>
internal enum RevocationStatus
{
    /// <summary>No list that holds says.</summary>
    Unknown,

    /// <summary>A list of its issuer that holds does not have it.</summary>
    Good,

    /// <summary>A list of its issuer has it.</summary>
    Revoked,
}
