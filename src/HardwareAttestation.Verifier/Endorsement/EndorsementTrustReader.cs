using System.Formats.Asn1;
using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace HardwareAttestation.Verifier;

/// <summary>Reads certificates and revocation lists from files of any form that makers publish them in.</summary>
internal sealed class EndorsementTrustReader
{
    private const int MostFiles = 10_000;
    private const long MostBytesOfFile = 16 * 1024 * 1024;
    private const long MostBytes = 64 * 1024 * 1024;
    private const string SignedData = "1.2.840.113549.1.7.2";
    private const string CertificateLabel = "CERTIFICATE";

    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".cer", ".crt", ".der", ".pem", ".p7b", ".p7c", ".p7s", ".crl",
    };

    private static readonly EnumerationOptions Recursively = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = false,
        AttributesToSkip = FileAttributes.None,
    };

    private readonly List<X509Certificate2> _anchors = [];
    private readonly List<X509Certificate2> _intermediates = [];
    private readonly List<ReadOnlyMemory<byte>> _revocationLists = [];
    private readonly List<EndorsementTrustFault> _faults = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private int _files;
    private long _bytes;

    public EndorsementTrust ToTrust() => new([.. _anchors], [.. _intermediates], [.. _revocationLists], [.. _faults]);

    public void ReadPath(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path))
        {
            if (!File.Exists(path))
            {
                throw new FileNotFoundException($"There is neither a file nor a folder '{path}': name the file or folder with the certificates.", path);
            }

            ReadFile(path, isNamed: true);
            return;
        }

        // In order of their names, so that two runs give the same.
        foreach (string file in FilesOf(path)
            .Where(file => Extensions.Contains(Path.GetExtension(file)))
            .Order(StringComparer.Ordinal))
        {
            ReadFile(file, isNamed: false);
        }
    }

    /// <summary>Reads what a file contains.</summary>
    /// <param name="path">The file's name, for faults.</param>
    /// <param name="content">Its content.</param>
    /// <param name="isNamed">Whether it was asked for by itself: in a folder a key may lie beside its certificate.</param>
    public void ReadContent(string path, byte[] content, bool isNamed = true)
    {
        try
        {
            // DER begins with the tag of a sequence, and a text that PEM can be in never does, but for "0": what PEM needs comes first then.
            int begin = content.AsSpan().IndexOf("-----BEGIN "u8);
            if (begin >= 0 && (content[0] != 0x30 || !IsOneValue(content)))
            {
                ReadPem(path, Encoding.Latin1.GetString(content), isNamed);
            }
            else
            {
                ReadDer(path, content);
            }
        }
        catch (Exception exception) when (exception is CryptographicException or AsnContentException)
        {
            _faults.Add(new EndorsementTrustFault(path, "It is neither a certificate, nor a revocation list, nor PKCS #7, in DER or PEM, or it is damaged."));
        }
    }

    private static bool IsOneValue(ReadOnlySpan<byte> content) =>
        AsnDecoder.TryReadEncodedValue(content, AsnEncodingRules.BER, out _, out _, out _, out int consumed) && consumed == content.Length;

    // Links to files are followed, as packages of roots have them. Links to folders are not: one that leads to a folder above would never end.
    private static FileSystemEnumerable<string> FilesOf(string folder) => new(folder, (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(), Recursively)
    {
        ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
        ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
    };

    private static long SizeOf(string path) =>
        File.ResolveLinkTarget(path, returnFinalTarget: true) is FileInfo target ? target.Length : new FileInfo(path).Length;

    // The size that is told is not the size that comes: a pipe and a device tell none, and a device may never end.
    private static byte[]? ReadAtMost(string path, long most)
    {
        using FileStream stream = File.OpenRead(path);
        using MemoryStream content = new();
        byte[] buffer = new byte[64 * 1024];
        for (int read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
        {
            content.Write(buffer, 0, read);
            if (content.Length > most)
            {
                return null;
            }
        }

        return content.ToArray();
    }

    private void ReadFile(string path, bool isNamed)
    {
        try
        {
            // Nobody may be there to write into a pipe that lies in a folder: to open it would wait for ever.
            if (!isNamed && SizeOf(path) == 0)
            {
                _faults.Add(new EndorsementTrustFault(path, "It is empty, or not an ordinary file."));
                return;
            }

            byte[]? content = ++_files > MostFiles ? null : ReadAtMost(path, Math.Min(MostBytesOfFile, MostBytes - _bytes));
            if (content is null)
            {
                _faults.Add(new EndorsementTrustFault(
                    path,
                    $"It is one too many, or too large: {MostFiles} files, {MostBytesOfFile / 1024 / 1024} MiB of one and {MostBytes / 1024 / 1024} MiB in all are read."));
                return;
            }

            _bytes += content.Length;
            ReadContent(path, content, isNamed);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _faults.Add(new EndorsementTrustFault(path, $"It cannot be read: {exception.Message}"));
        }
    }

    private void ReadPem(string path, string text, bool isNamed)
    {
        int blocks = 0;
        ReadOnlySpan<char> rest = text;
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            blocks++;
            byte[] content = Convert.FromBase64String(rest[fields.Base64Data].ToString());
            string label = rest[fields.Label].ToString();
            rest = rest[fields.Location.End..];
            try
            {
                if (label is CertificateLabel or "X509 CERTIFICATE" or "TRUSTED CERTIFICATE" or "X509 CRL" or "PKCS7" or "CMS")
                {
                    ReadDer(path, content);
                }
                else if (isNamed || !label.EndsWith("PRIVATE KEY", StringComparison.Ordinal))
                {
                    _faults.Add(new EndorsementTrustFault(path, $"Block {blocks} is a {PlainText.Of(label, 64)}, and neither a certificate, nor a revocation list, nor PKCS #7."));
                }
            }
            catch (Exception exception) when (exception is CryptographicException or AsnContentException)
            {
                _faults.Add(new EndorsementTrustFault(path, $"Block {blocks} of its PEM blocks is damaged."));
            }
        }

        // A block whose end is missing is not found at all.
        if (blocks < text.Split("-----BEGIN ").Length - 1)
        {
            _faults.Add(new EndorsementTrustFault(path, "A PEM block in it is damaged: its end or its base64 is not right."));
        }
    }

    private void ReadDer(string path, ReadOnlyMemory<byte> content)
    {
        // Stored certificates may be followed by padding.
        AsnDecoder.ReadEncodedValue(content.Span, AsnEncodingRules.BER, out _, out _, out int consumed);
        content = content[..consumed];
        AsnReader outer = new AsnReader(content, AsnEncodingRules.BER).ReadSequence();
        if (outer.PeekTag() == Asn1Tag.ObjectIdentifier)
        {
            ReadPkcs7(path, content.Span, outer.ReadObjectIdentifier());
        }
        else if (RevocationList.TryParse(content) is not null)
        {
            if (IsNew(content.Span))
            {
                _revocationLists.Add(content.ToArray());
            }
        }
        else
        {
            ReadCertificate(path, content.Span);
        }
    }

    private void ReadPkcs7(string path, ReadOnlySpan<byte> content, string type)
    {
        if (type != SignedData)
        {
            _faults.Add(new EndorsementTrustFault(path, $"It is PKCS #7 of the type {type}, and only signed data has certificates."));
            return;
        }

        SignedCms message = new();
        message.Decode(content);
        foreach (X509Certificate2 certificate in message.Certificates)
        {
            using (certificate)
            {
                ReadCertificate(path, certificate.RawDataMemory.Span);
            }
        }
    }

    private void ReadCertificate(string path, ReadOnlySpan<byte> content)
    {
        if (!IsNew(content))
        {
            return;
        }

        X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(content);
        if (!EndorsementPaths.Issued(certificate, certificate))
        {
            _intermediates.Add(certificate);
        }
        else if (EndorsementChainBuilder.FindFaultOfAnchor(certificate) is null)
        {
            _anchors.Add(certificate);
        }
        else
        {
            _faults.Add(new EndorsementTrustFault(
                path, $"The certificate '{PlainText.Of(certificate.Subject, 256)}' names itself as its issuer, and its signature is not by its own key or not known here."));
            certificate.Dispose();
        }
    }

    private bool IsNew(ReadOnlySpan<byte> content) => _seen.Add(Convert.ToHexString(SHA256.HashData(content)));
}
