using System.CommandLine;
using HardwareAttestation;
using HardwareAttestation.Client;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;
using HwAttest.Files;

namespace HwAttest.Commands;

/// <summary>hwattest ak export and ak import: keys to and from the files of other tools.</summary>
internal static class KeyExchangeCommands
{
    private const string Tpm2Tools = "tpm2-tools";
    private const string Tss2 = "tss2";

    public static Command CreateExport()
    {
        Option<string> blob = CommonOptions.AttestationKey();
        Option<string> format = Format();
        Option<string> output = CommonOptions.Optional("--out", "FILE", "tss2: where to write the PEM file.");
        Option<string> outPublic = CommonOptions.Optional("--out-public", "FILE", "tpm2-tools: where to write TPM2B_PUBLIC.");
        Option<string> outPrivate = CommonOptions.Optional("--out-private", "FILE", "tpm2-tools: where to write TPM2B_PRIVATE.");
        return CommandContext.Define(
            "export",
            "Writes a key for tpm2_load (tpm2-tools), or as PEM 'TSS2 PRIVATE KEY'. Asks no TPM.",
            "--ak ak.blob --format tpm2-tools --out-public ak.pub --out-private ak.priv",
            [blob, format, output, outPublic, outPrivate],
            context =>
            {
                bool isTss2 = IsTss2(context, format, [output], [outPublic, outPrivate]);
                TpmKeyBlob read = InputFile.ReadKeyBlob(context.GetRequired(blob));
                object json = new { name = Words.Of(read.Name), template = read.EndorsementTemplate.Id, algorithm = Words.Of(read.Public) };
                if (isTss2)
                {
                    return Task.FromResult(context.Give(output, Tss2PrivateKeyFile.Write(read), json, isPrivate: true));
                }

                byte[] privateArea = Tss2PrivateKeyFile.WithSize(read.Private.Span);
                return Task.FromResult(context.Give([(outPublic, read.Public.EncodeSized()), (outPrivate, privateArea)], json, isPrivate: true));
            });
    }

    public static Command CreateImport()
    {
        Option<string> blob = new("--ak", "--out") { Description = "Where to write the key's blob; - for standard output.", HelpName = "FILE", Required = true };
        Option<string> format = Format();
        Option<string> input = CommonOptions.Optional("--in", "FILE", "tss2: the PEM file.");
        Option<string> inPublic = CommonOptions.Optional("--in-public", "FILE", "tpm2-tools: TPM2B_PUBLIC.");
        Option<string> inPrivate = CommonOptions.Optional("--in-private", "FILE", "tpm2-tools: TPM2B_PRIVATE.");
        Option<EndorsementKeyTemplate> template = CommonOptions.Template(
            "The endorsement key above it, or, for a key under the storage root key, the one that credentials are made for. Without it, all are tried.");
        Option<bool> force = AttestationKeyCommands.Force();
        return CommandContext.Define(
            "import",
            "Takes over an attestation key that another tool made in this TPM, without an authorisation value.",
            "--format tpm2-tools --in-public ak.pub --in-private ak.priv --ak ak.blob",
            [blob, format, input, inPublic, inPrivate, template, force],
            async context =>
            {
                (TpmtPublic publicArea, byte[] privateArea, bool isUnderStorageRootKey) = IsTss2(context, format, [input], [inPublic, inPrivate])
                    ? Read(Tss2PrivateKeyFile.Read(context.GetRequired(input)))
                    : (InputFile.ReadPublic(context.GetRequired(inPublic)), InputFile.ReadPrivate(context.GetRequired(inPrivate)), false);
                const TpmaObject Attestation = TpmaObject.Restricted | TpmaObject.Sign;
                if ((publicArea.ObjectAttributes & (Attestation | TpmaObject.Decrypt)) != Attestation)
                {
                    throw new MisuseException("The key is not an attestation key: it must be a restricted signing key, as tpm2_createak makes it.");
                }

                AttestationKeyCommands.RefuseToReplace(context, blob, force);
                return await context.WithTpmAsync(async (client, _) =>
                {
                    Adoption adoption = new(client, publicArea, privateArea, context.CancellationToken);
                    await using AttestationKey key = await adoption.RunAsync(context.Get(template), isUnderStorageRootKey);
                    return AttestationKeyCommands.GiveBlob(context, blob, key);
                });
            });
    }

    private static (TpmtPublic Public, byte[] Private, bool IsUnderStorageRootKey) Read(Tss2PrivateKeyFile file) => (file.Public, file.Private, file.IsUnderStorageRootKey);

    private static Option<string> Format()
    {
        Option<string> format = CommonOptions.Required("--format", "FORMAT", $"{Tpm2Tools} or {Tss2}.");
        return format.AcceptOnlyFromAmong(Tpm2Tools, Tss2);
    }

    // The two formats have files of their own.
    private static bool IsTss2(CommandContext context, Option<string> format, Option<string>[] tss2, Option<string>[] tpm2Tools)
    {
        bool isTss2 = context.GetRequired(format) == Tss2;
        (Option<string>[] wanted, Option<string>[] unwanted) = isTss2 ? (tss2, tpm2Tools) : (tpm2Tools, tss2);
        string names = string.Join(" and ", wanted.Select(option => option.Name));
        return Array.TrueForAll(wanted, option => context.Get(option) is not null) && Array.TrueForAll(unwanted, option => context.Get(option) is null)
            ? isTss2
            : throw new MisuseException($"--format {context.GetRequired(format)} takes {names}, and not {string.Join(" and ", unwanted.Select(option => option.Name))}.");
    }

    /// <summary>Finds the parent of a key by trying: files of other tools do not tell it, or only where it usually is.</summary>
    private sealed class Adoption(AttestationClient client, TpmtPublic publicArea, byte[] privateArea, CancellationToken cancellationToken)
    {
        public async Task<AttestationKey> RunAsync(EndorsementKeyTemplate? template, bool isUnderStorageRootKey)
        {
            AttestationKey? found = isUnderStorageRootKey ? await TryStorageRootKeyAsync(template) : null;
            if (template is not null)
            {
                found ??= await TryAsync(await client.GetEndorsementKeyAsync(template, cancellationToken), TpmKeyParent.EndorsementKey);
            }
            else
            {
                found ??= await TryEndorsementKeysAsync();
            }

            return found
                ?? (isUnderStorageRootKey ? null : await TryStorageRootKeyAsync(template))
                ?? throw new TpmLacksException(
                    "The key is under none of the endorsement keys and not under the storage root key of this TPM: it is of another TPM, of before it was cleared, "
                    + "or under a parent that was made otherwise, which cannot be used here.");
        }

        private async Task<AttestationKey?> TryStorageRootKeyAsync(EndorsementKeyTemplate? template) =>
            await TryAsync(await client.GetEndorsementKeyAsync(template, cancellationToken), TpmKeyParent.StorageRootKey);

        // Those that the TPM points to are quick to try; others have to be made.
        private async Task<AttestationKey?> TryEndorsementKeysAsync()
        {
            HashSet<string> tried = new(StringComparer.Ordinal);
            foreach (DiscoveredEndorsementKey discovered in await client.GetEndorsementKeysAsync(cancellationToken))
            {
                tried.Add(discovered.Template.Id);
                if (discovered.IsUsable && await TryAsync(discovered.Key, TpmKeyParent.EndorsementKey) is { } key)
                {
                    return key;
                }
            }

            foreach (EndorsementKeyTemplate template in EndorsementKeyTemplate.All.Where(template => !tried.Contains(template.Id)))
            {
                if (await TryAsync(template) is { } key)
                {
                    return key;
                }
            }

            return null;
        }

        private async Task<AttestationKey?> TryAsync(EndorsementKeyTemplate template)
        {
            try
            {
                return await TryAsync(await client.GetEndorsementKeyAsync(template, cancellationToken), TpmKeyParent.EndorsementKey);
            }
            catch (TpmCommandException)
            {
                // The TPM has no keys of this size.
                return null;
            }
        }

        private async Task<AttestationKey?> TryAsync(EndorsementKey endorsementKey, TpmKeyParent parent)
        {
            try
            {
                return await client.AdoptAttestationKeyAsync(endorsementKey, publicArea, privateArea, parent, cancellationToken: cancellationToken);
            }
            catch (TpmKeyException exception) when (exception.Fault == TpmKeyFault.Orphaned)
            {
                // Another parent is to be tried.
                return null;
            }
            catch (ArgumentException exception)
            {
                throw new MisuseException($"The key cannot be used: {PlainText.Of(exception)}", exception);
            }
        }
    }
}
