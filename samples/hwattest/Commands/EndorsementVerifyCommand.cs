using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HwAttest.Files;

namespace HwAttest.Commands;

/// <summary>hwattest ek verify: what a server says of an endorsement key certificate, without a server and without a TPM.</summary>
internal static class EndorsementVerifyCommand
{
    private static readonly Option<string> Certificate = CommonOptions.Required("--certificate", "FILE", "The certificate, DER or PEM.");
    private static readonly Option<string> Public = CommonOptions.Optional("--public", "FILE", "The endorsement key that the certificate must be of (TPM2B_PUBLIC).");

    private static readonly Option<string[]> Roots = Paths(
        "--roots", "Trusted roots: a file (DER, PEM with any number of blocks, PKCS #7) or a folder of them, searched recursively. Without it, the built-in vendor roots.");

    private static readonly Option<string[]> Intermediates = Paths("--intermediates", "Issuers between roots and certificate, likewise; not trusted by themselves.");

    private static readonly string[] TimeForms =
    [
        "yyyy-MM-dd", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyyMMdd", "yyyyMMddTHHmmssK",
    ];

    private static readonly Option<DateTimeOffset?> At = CommonOptions.Parsed<DateTimeOffset?>(
        "--at", "ISO-8601", "When everything must be valid, e.g. 2026-07-01T00:00:00Z; UTC unless it says otherwise. Without it, now.", ParseTime);

    private static readonly Option<bool> AllowVirtual = new("--allow-virtual") { Description = "Accept, and flag, TPMs that a cloud, a hypervisor or an emulator provides." };
    private static readonly Option<bool> AllowExpiredLeaf = new("--allow-expired-leaf") { Description = "Accept, and flag, a certificate that has expired, but no expired issuer." };

    private static readonly Option<bool> AllowWeakSignatures = new("--allow-weak-signatures")
    {
        Description = "Accept, and flag, SHA-1 signatures on and by the roots and intermediates that were given.",
    };

    public static Command Create() => CommandContext.Define(
        "verify",
        "Judges an endorsement key certificate.",
        "--certificate ek.der --public ek.pub --roots /etc/tpm-roots",
        [Certificate, Public, Roots, Intermediates, At, AllowVirtual, AllowExpiredLeaf, AllowWeakSignatures],
        context => Task.FromResult(Verify(context)));

    private static int Verify(CommandContext context)
    {
        byte[] certificate = InputFile.ReadCertificate(context.GetRequired(Certificate));
        TpmtPublic? key = context.Get(Public) is { } file ? InputFile.ReadPublic(file) : null;
        EndorsementTrust trust = context.Get(Roots) is { Length: > 0 } roots ? Load(context, roots) : VendorTrust();
        EndorsementTrust? more = context.Get(Intermediates) is { Length: > 0 } intermediates ? Load(context, intermediates) : null;
        if (trust.Anchors.Count == 0)
        {
            throw new MisuseException("--roots names no self-signed certificate: name the maker's root there, and the issuers below it with --intermediates.");
        }

        X509Certificate2[] issuers = [.. trust.Intermediates, .. more?.Anchors ?? [], .. more?.Intermediates ?? []];
        EndorsementCertificateOptions options = new()
        {
            AllowExpiredLeaf = context.Get(AllowExpiredLeaf),
        };
        if (context.Get(AllowVirtual))
        {
            options.AllowedTrustClasses.UnionWith([EndorsementTrustClass.CloudVirtual, EndorsementTrustClass.SoftwareEmulator]);
        }

        foreach (ReadOnlyMemory<byte> list in trust.RevocationLists.Concat(more?.RevocationLists ?? []))
        {
            options.RevocationLists.Add(list);
        }

        if (context.Get(AllowWeakSignatures))
        {
            options.Sha1IssuerFingerprints.UnionWith(trust.Anchors.Concat(issuers).Select(issuer => issuer.GetCertHashString(HashAlgorithmName.SHA256)));
        }

        EndorsementCertificateValidator validator = new(trust.Anchors, issuers, options);
        EndorsementCertificateResult result = validator.Validate(certificate, key, time: context.Get(At));
        string[] chain = [.. result.Chain.Select(SubjectOf)];
        string trustClass = JsonNamingPolicy.CamelCase.ConvertName(result.TrustClass.ToString());
        return context.Report(
            result.Verdict,
            new { trustClass, result.Manufacturer, result.Model, result.FirmwareVersion, chain },
            $"trust class   {trustClass}",
            $"manufacturer  {result.Manufacturer ?? "not told"}",
            $"model         {result.Model ?? "not told"}",
            $"firmware      {result.FirmwareVersion ?? "not told"}",
            $"chain         {(chain.Length == 0 ? "none holds" : string.Join(" < ", chain.Select(subject => subject.Length == 0 ? "(no subject)" : PlainText.Of(subject))))}");
    }

    private static string SubjectOf(ReadOnlyMemory<byte> der)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der.Span);
        return certificate.Subject;
    }

    private static EndorsementTrust VendorTrust() => VendorRoots.Trust;

    // A bad file of a folder is left out, and told. A bad file that was named is a mistake.
    private static EndorsementTrust Load(CommandContext context, string[] paths)
    {
        try
        {
            EndorsementTrust trust = EndorsementTrust.Load(paths);
            foreach (EndorsementTrustFault fault in trust.Faults)
            {
                if (Array.Exists(paths, path => File.Exists(path) && Path.GetFullPath(path) == Path.GetFullPath(fault.Path)))
                {
                    throw new MisuseException($"'{fault.Path}' cannot be used: {fault.Reason}");
                }

                context.Warn($"'{fault.Path}' was left out: {fault.Reason}");
            }

            return trust;
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new MisuseException($"{PlainText.Of(exception)} Name a folder that has nothing but certificates in it, or change who may read it.", exception);
        }
        catch (ArgumentException exception)
        {
            throw new MisuseException("--roots or --intermediates is empty: name a file or a folder.", exception);
        }
        catch (IOException exception)
        {
            throw new MisuseException(PlainText.Of(exception), exception);
        }
    }

    private static Option<string[]> Paths(string name, string description) => new(name) { Description = description, HelpName = "PATH" };

    // Other forms have two readings, or mean another day tomorrow: 01/02/2027, 10:00.
    private static DateTimeOffset? ParseTime(string text) =>
        DateTimeOffset.TryParseExact(text, TimeForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time)
            ? time
            : throw new FormatException($"'{text}' is not a time in ISO 8601, such as 2026-07-01T00:00:00Z.");
}
