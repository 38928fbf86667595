using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using HardwareAttestation.Client;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Wire;
using HwAttest.Files;

namespace HwAttest.Commands;

/// <summary>hwattest ak …</summary>
internal static class AttestationKeyCommands
{
    private const string Tpm2b = "tpm2b";
    private const string Tpmt = "tpmt";
    private const string Pem = "pem";
    private const string Der = "der";

    public static Command Create() => new("ak", "Attestation keys, which never leave the TPM and are kept as blobs.")
    {
        CreateCreate(),
        CreatePublic(),
        CreateName(),
        KeyExchangeCommands.CreateExport(),
        KeyExchangeCommands.CreateImport(),
    };

    /// <summary>Writes the blob of a new key. An old one is somebody's key, which would be lost.</summary>
    public static int GiveBlob(CommandContext context, Option<string> output, AttestationKey key)
    {
        string path = context.GetRequired(output);
        return context.Give(output, key.Blob.ToArray(), new { name = Words.Of(key.Name), template = key.Blob.EndorsementTemplate.Id, algorithm = Words.Of(key.Public), file = path }, isPrivate: true, mayReplaceKey: true);
    }

    /// <exception cref="MisuseException">There is a file, and nobody said that it may be replaced.</exception>
    public static void RefuseToReplace(CommandContext context, Option<string> output, Option<bool> force)
    {
        string path = context.GetRequired(output);
        if (!context.Get(force) && !OutputFile.IsStandardOutput(path) && OutputFile.IsFileWithContent(path))
        {
            throw new MisuseException($"'{path}' exists, and may be a key that is in use: choose another name, or replace it with --force.");
        }
    }

    public static Option<bool> Force() => new("--force") { Description = "Replace the file if there is one." };

    private static Command CreateCreate()
    {
        Option<string> output = CommonOptions.Out("the key's blob, this project's own form");
        Option<TpmKeyAlgorithm> algorithm = CommonOptions.Parsed(
            "--algorithm", "ALGORITHM", $"{string.Join(", ", TpmKeyAlgorithm.All)}; p256 without it.", TpmKeyAlgorithm.Parse);
        algorithm.CompletionSources.Add([.. TpmKeyAlgorithm.All.Select(known => known.ToString())]);
        Option<EndorsementKeyTemplate> template = CommonOptions.Template("The endorsement key above it; without it the first that has a certificate, or else L-1.");
        Option<bool> force = Force();
        return CommandContext.Define(
            "create",
            "Creates an attestation key under an endorsement key.",
            "--algorithm p256 --out ak.blob",
            [output, algorithm, template, force],
            async context =>
            {
                RefuseToReplace(context, output, force);
                return await context.WithTpmAsync(async (client, _) =>
                {
                    EndorsementKey endorsementKey = await EndorsementKeyCommands.FindAsync(client, context.Get(template), context.CancellationToken);
                    TpmKeyOptions options = new() { Algorithm = context.Get(algorithm) ?? TpmKeyAlgorithm.P256 };
                    await using AttestationKey key = await client.CreateAttestationKeyAsync(endorsementKey, options, context.CancellationToken);
                    return GiveBlob(context, output, key);
                });
            });
    }

    private static Command CreatePublic()
    {
        Option<string> blob = CommonOptions.AttestationKey();
        Option<string> output = CommonOptions.Out("the public part");
        Option<string> format = new Option<string>("--format")
        {
            Description = "tpm2b (TPM2B_PUBLIC), tpmt (TPMT_PUBLIC), or the bare key as pem or der.",
            HelpName = "FORMAT",
            DefaultValueFactory = _ => Tpm2b,
        }.AcceptOnlyFromAmong(Tpm2b, Tpmt, Pem, Der);
        return CommandContext.Define(
            "public",
            "Writes the public part of an attestation key. Asks no TPM.",
            "--ak ak.blob --out ak.pub",
            [blob, output, format],
            context =>
            {
                TpmKeyBlob read = InputFile.ReadKeyBlob(context.GetRequired(blob));
                byte[] content = context.GetRequired(format) switch
                {
                    Tpmt => read.Public.Encode(),
                    Der => PublicKeys.ExportSubjectPublicKeyInfo(read.Public),
                    Pem => Encoding.ASCII.GetBytes(PemEncoding.WriteString("PUBLIC KEY", PublicKeys.ExportSubjectPublicKeyInfo(read.Public)) + "\n"),
                    _ => read.Public.EncodeSized(),
                };
                return Task.FromResult(context.Give(output, content, new { name = Words.Of(read.Name), algorithm = Words.Of(read.Public) }));
            });
    }

    private static Command CreateName()
    {
        Option<string> blob = CommonOptions.AttestationKey();
        return CommandContext.Define(
            "name",
            "Prints the Name of an attestation key in hexadecimal. Asks no TPM.",
            "--ak ak.blob",
            [blob],
            context =>
            {
                string name = Words.Of(InputFile.ReadKeyBlob(context.GetRequired(blob)).Name);
                return Task.FromResult(context.Report(new { name }, name));
            });
    }
}
