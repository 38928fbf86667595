using System.CommandLine;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HwAttest.Files;

namespace HwAttest.Commands;

/// <summary>hwattest sign, and hwattest signature …</summary>
internal static class SigningCommands
{
    public static Command CreateSign()
    {
        Option<string> blob = CommonOptions.AttestationKey();
        Option<string> input = CommonOptions.Required("--in", "FILE", "What to sign, of any length; - for standard input.");
        Option<string> output = CommonOptions.Out("TPMT_SIGNATURE");
        return CommandContext.Define(
            "sign",
            "Signs a file's content, which the TPM hashes itself.",
            "--ak ak.blob --in message.txt --out message.sig",
            [blob, input, output],
            context => context.WithKeyAsync(blob, async key =>
            {
                await using Stream data = InputFile.Open(context.GetRequired(input));
                TpmtSignature signature = await key.SignAsync(data, context.CancellationToken);
                return context.Give(output, signature.Encode(), new { name = Words.Of(key.Name), algorithm = Words.Of(key.Public) });
            }));
    }

    public static Command CreateSignature()
    {
        Option<string> key = CommonOptions.Required("--ak-public", "FILE", "The attestation key's public part (TPM2B_PUBLIC).");
        Option<string> input = CommonOptions.Required("--in", "FILE", "What must be signed, at most 1 GiB.");
        Option<string> signature = CommonOptions.Required("--signature", "FILE", "TPMT_SIGNATURE, as tpm2_sign writes it.");
        return new Command("signature", "Signatures of attestation keys.")
        {
            CommandContext.Define(
                "verify",
                "Judges a signature. Asks no TPM.",
                "--ak-public ak.pub --in message.txt --signature message.sig",
                [key, input, signature],
                context => Task.FromResult(context.Report(EvidenceVerifier.VerifySignature(
                    InputFile.ReadPublic(context.GetRequired(key)),
                    InputFile.ReadData(context.GetRequired(input)),
                    InputFile.Read(context.GetRequired(signature)))))),
        };
    }
}
