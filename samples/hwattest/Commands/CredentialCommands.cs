using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HwAttest.Files;

namespace HwAttest.Commands;

/// <summary>hwattest credential …</summary>
internal static class CredentialCommands
{
    public static Command Create() => new("credential", "Credentials: secrets that only the TPM with both keys can open.")
    {
        CreateMake(),
        CreateActivate(),
    };

    private static Command CreateMake()
    {
        Option<string> endorsementPublic = CommonOptions.Optional("--ek-public", "FILE", "The endorsement key (TPM2B_PUBLIC).");
        Option<string> endorsementCertificate = CommonOptions.Optional("--ek-certificate", "FILE", "Its certificate, DER or PEM, which is not verified here.");
        Option<TpmName> name = CommonOptions.Parsed("--ak-name", "HEX", "The attestation key's Name: compute it from its public part ('hwattest ak name').", ParseName);
        name.Required = true;
        Option<string> secret = CommonOptions.Required("--secret", "FILE", "The secret: 1 to 32 bytes, or as many as a digest of the endorsement key has.");
        Option<string> output = CommonOptions.Out("the credential, as tpm2_makecredential does");
        return CommandContext.Define(
            "make",
            "Wraps a secret for an endorsement key and an attestation key (MakeCredential). Asks no TPM.",
            "--ek-public ek.pub --ak-name 000b… --secret secret.bin --out credential.bin",
            [endorsementPublic, endorsementCertificate, name, secret, output],
            context =>
            {
                if (context.Get(endorsementPublic) is null == context.Get(endorsementCertificate) is null)
                {
                    throw new MisuseException("Name the endorsement key with one of --ek-public and --ek-certificate.");
                }

                byte[] content = InputFile.Read(context.GetRequired(secret));
                try
                {
                    Credential credential = context.Get(endorsementPublic) is { } file
                        ? CredentialMaker.MakeCredential(InputFile.ReadPublic(file), context.GetRequired(name), content)
                        : MakeForCertificate(context.GetRequired(endorsementCertificate), context.GetRequired(name), content);
                    return Task.FromResult(context.Give(output, CredentialFile.Write(credential), new { akName = Words.Of(context.GetRequired(name)) }));
                }
                catch (ArgumentException exception)
                {
                    throw new MisuseException(PlainText.Of(exception), exception);
                }
                finally
                {
                    CryptographicOperations.ZeroMemory(content);
                }
            });
    }

    private static Command CreateActivate()
    {
        Option<string> blob = CommonOptions.AttestationKey();
        Option<string> credential = CommonOptions.Required("--credential", "FILE", "The credential, as tpm2_makecredential writes it.");
        Option<string> output = CommonOptions.Out("the secret");
        return CommandContext.Define(
            "activate",
            "Opens a credential (ActivateCredential), which proves that both keys are in this TPM.",
            "--ak ak.blob --credential credential.bin --out secret.bin",
            [blob, credential, output],
            context =>
            {
                CredentialFile read = CredentialFile.Read(context.GetRequired(credential));
                return context.WithKeyAsync(blob, async key =>
                {
                    byte[] secret = await key.ActivateCredentialAsync(read.CredentialBlob, read.EncryptedSecret, context.CancellationToken);
                    try
                    {
                        return context.Give(output, secret, new { bytes = secret.Length }, isPrivate: true);
                    }
                    finally
                    {
                        CryptographicOperations.ZeroMemory(secret);
                    }
                });
            });
    }

    private static Credential MakeForCertificate(string path, TpmName name, byte[] secret)
    {
        using X509Certificate2 certificate = InputFile.LoadCertificate(path);
        return CredentialMaker.MakeCredential(certificate, name, secret);
    }

    private static TpmName ParseName(string text)
    {
        byte[] bytes = CommonOptions.ParseHex(text);
        return bytes.Length > sizeof(ushort) && TpmHash.TryGetDigestSize((TpmAlgId)((bytes[0] << 8) | bytes[1]), out int size) && bytes.Length == sizeof(ushort) + size
            ? new TpmName(bytes)
            : throw new FormatException($"'{text}' is not a Name: a hash algorithm's number in four digits (000b for SHA-256), and a digest by it.");
    }
}
