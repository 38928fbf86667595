using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using HardwareAttestation;
using HardwareAttestation.Client;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HwAttest.Commands;

/// <summary>hwattest ek …</summary>
internal static class EndorsementKeyCommands
{
    private const string Der = "der";
    private const string Pem = "pem";

    public static Command Create() => new("ek", "Endorsement keys, and the certificates that the TPM's maker issued for them.")
    {
        CommandContext.Define("list", "Lists each endorsement key that the TPM points to.", string.Empty, [], ListAsync),
        CreateCertificate(),
        CreatePublic(),
        EndorsementVerifyCommand.Create(),
    };

    private static async Task<int> ListAsync(CommandContext context)
    {
        IReadOnlyList<DiscoveredEndorsementKey> found = await context.WithTpmAsync(
            (client, _) => client.GetEndorsementKeysAsync(context.CancellationToken));
        Row[] rows = [.. found.Select(Row.Of)];
        string[] lines = rows.Length == 0
            ? ["No endorsement key found: the TPM stores no certificate, and has none at a usual handle. 'hwattest ek public --template L-1 --out FILE' makes one."]
            : [.. rows.SelectMany(row => row.ToLines())];
        return context.Report(new { endorsementKeys = rows }, lines);
    }

    private static Command CreateCertificate()
    {
        Option<EndorsementKeyTemplate> template = CommonOptions.Template("Which key.");
        template.Required = true;
        Option<string> output = CommonOptions.Out("the certificate");
        Option<string> format = new Option<string>("--format") { Description = "der or pem.", HelpName = "FORMAT", DefaultValueFactory = _ => Der }.AcceptOnlyFromAmong(Der, Pem);
        return CommandContext.Define(
            "certificate",
            "Writes the certificate of an endorsement key as the TPM stores it, without what fills up its NV index.",
            "--template L-1 --out ek.der",
            [template, output, format],
            async context =>
            {
                EndorsementKey key = await FindAsync(context, context.GetRequired(template));
                if (key.Certificate.IsEmpty)
                {
                    string published = key.PublishedCertificateAddress is { } address ? $" Its maker may publish it at {address}." : string.Empty;
                    throw new TpmLacksException($"The TPM stores no certificate for {key.Template}.{published} 'hwattest ek list' shows what it has.");
                }

                byte[] content = context.GetRequired(format) == Pem
                    ? Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE", key.Certificate.Span) + "\n")
                    : key.Certificate.ToArray();
                return context.Give(output, content, new { template = key.Template.Id, sha256 = Convert.ToHexStringLower(SHA256.HashData(key.Certificate.Span)) });
            });
    }

    private static Command CreatePublic()
    {
        Option<EndorsementKeyTemplate> template = CommonOptions.Template("Which key; it is made if the TPM does not keep it.");
        template.Required = true;
        Option<string> output = CommonOptions.Out("TPM2B_PUBLIC");
        return CommandContext.Define(
            "public",
            "Writes the public area of an endorsement key (TPM2B_PUBLIC).",
            "--template L-1 --out ek.pub",
            [template, output],
            async context =>
            {
                EndorsementKey key = await FindAsync(context, context.GetRequired(template));
                return context.Give(output, key.Public.EncodeSized(), new { template = key.Template.Id, name = Words.Of(key.Name) });
            });
    }

    /// <summary>Finds an endorsement key, or has the TPM make it.</summary>
    /// <exception cref="TpmLacksException">The TPM cannot make it.</exception>
    public static async Task<EndorsementKey> FindAsync(AttestationClient client, EndorsementKeyTemplate? template, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetEndorsementKeyAsync(template, cancellationToken);
        }
        catch (TpmCommandException exception) when (exception.Command == TpmCommandCode.CreatePrimary)
        {
            throw new TpmLacksException(
                $"{PlainText.Of(exception)} The TPM may have no keys of the kind of {template?.Id ?? "L-1"}: 'hwattest ek list' shows what it has, and 'hwattest tpm info' its algorithms.");
        }
    }

    private static Task<EndorsementKey> FindAsync(CommandContext context, EndorsementKeyTemplate template) =>
        context.WithTpmAsync((client, _) => FindAsync(client, template, context.CancellationToken));

    private sealed record Row(
        string Template, string? Algorithm, string? NvIndex, string? PersistentHandle, string? Name, Certified? Certificate, Uri? PublishedCertificateAddress, string? Fault)
    {
        public static Row Of(DiscoveredEndorsementKey found) => new(
            found.Template.Id,
            found.Key is { } key ? Words.Of(key.Public) : null,
            found.Certificate.IsEmpty ? null : Words.Of(found.Template.CertificateIndex),
            found.Key?.PersistentHandle is { } handle ? Words.Of(handle) : null,
            found.Key is { } named ? Words.Of(named.Name) : null,
            Certified.TryRead(found.Certificate.Span),
            found.Key?.PublishedCertificateAddress,
            found.Fault);

        public IEnumerable<string> ToLines()
        {
            yield return $"{Template}  {Algorithm ?? "unusable"}  certificate {(NvIndex is null ? "none" : $"at NV {NvIndex}")}  key {(PersistentHandle is null ? "made when needed" : $"at {PersistentHandle}")}";
            if (Certificate is not null)
            {
                yield return $"     subject  {Certificate.Subject}";
                yield return $"     issuer   {Certificate.Issuer}";
                yield return $"     valid    {Certificate.NotBefore} to {Certificate.NotAfter}";
            }

            if (PublishedCertificateAddress is not null)
            {
                yield return $"     its maker may publish the certificate at {PublishedCertificateAddress}";
            }

            if (Name is not null)
            {
                yield return $"     name     {Name}";
            }

            if (Fault is not null)
            {
                yield return $"     FAULT    {Fault}";
            }
        }
    }

    private sealed record Certified(string Subject, string Issuer, string SerialNumber, string NotBefore, string NotAfter, string Sha256)
    {
        public static Certified? TryRead(ReadOnlySpan<byte> bytes)
        {
            if (bytes.IsEmpty)
            {
                return null;
            }

            try
            {
                using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(bytes);
                return new Certified(
                    Words.Of(certificate.SubjectName),
                    Words.Of(certificate.IssuerName),
                    certificate.SerialNumber,
                    Words.Of(certificate.NotBefore),
                    Words.Of(certificate.NotAfter),
                    Convert.ToHexStringLower(SHA256.HashData(bytes)));
            }
            catch (CryptographicException)
            {
                return null;
            }
        }
    }
}
