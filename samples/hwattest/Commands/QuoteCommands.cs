using System.CommandLine;
using HardwareAttestation.Client;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HwAttest.Files;

namespace HwAttest.Commands;

/// <summary>hwattest quote …</summary>
internal static class QuoteCommands
{
    private const int LongestNonce = 64;

    public static Command Create() => new("quote", "Quotes: PCR values that the TPM has signed.")
    {
        CreateCreate(),
        CreateVerify(),
    };

    private static Command CreateCreate()
    {
        Option<string> blob = CommonOptions.AttestationKey();
        Option<TpmlPcrSelection> pcrs = CommonOptions.Pcrs();
        Option<byte[]> nonce = CommonOptions.Nonce($"The nonce of whoever verifies, at most {LongestNonce} bytes.");
        Option<string> message = CommonOptions.Required("--message", "FILE", "Where to write TPMS_ATTEST; - for standard output.");
        Option<string> signature = CommonOptions.Required("--signature", "FILE", "Where to write TPMT_SIGNATURE; - for standard output.");
        Option<string> values = CommonOptions.Required("--pcr-values", "FILE", "Where to write the PCR values, one after the other; - for standard output.");
        return CommandContext.Define(
            "create",
            "Has the TPM sign the values of PCRs.",
            "--ak ak.blob --pcrs sha256:0,1,7 --nonce 0123456789abcdef --message quote.msg --signature quote.sig --pcr-values quote.pcrs",
            [blob, pcrs, nonce, message, signature, values],
            context =>
            {
                if (context.GetRequired(nonce).Length > LongestNonce)
                {
                    throw new MisuseException($"--nonce has {context.GetRequired(nonce).Length} bytes, and a TPM takes {LongestNonce} at most.");
                }

                return context.WithKeyAsync(blob, async key =>
                {
                    TpmQuote quote = await key.QuoteAsync(context.GetRequired(pcrs), context.GetRequired(nonce), context.CancellationToken);
                    (Option<string>, byte[])[] files =
                    [
                        (message, quote.Attest.ToArray()),
                        (signature, quote.Signature.Encode()),
                        (values, PcrValueFile.Write(quote.PcrValues)),
                    ];
                    return context.Give(files, new { name = Words.Of(key.Name), pcrs = quote.PcrValues.Select(PcrCommands.ToJson) });
                });
            });
    }

    private static Command CreateVerify()
    {
        Option<string> key = CommonOptions.Required("--ak-public", "FILE", "The attestation key's public part (TPM2B_PUBLIC).");
        Option<string> message = CommonOptions.Required("--message", "FILE", "TPMS_ATTEST.");
        Option<string> signature = CommonOptions.Required("--signature", "FILE", "TPMT_SIGNATURE.");
        Option<byte[]> nonce = CommonOptions.Nonce("The nonce that was asked for.");
        Option<TpmlPcrSelection> pcrs = CommonOptions.Pcrs();
        Option<string> values = CommonOptions.Optional("--pcr-values", "FILE", "The PCR values. Without them, their digest is not compared with any, which is flagged.");
        Option<string> form = new Option<string>("--pcr-values-format")
        {
            Description = "The form of that file: values, or serialized or marshaled as tpm2_quote -F has it.",
            HelpName = "FORM",
            DefaultValueFactory = _ => PcrValueFile.Values,
        }.AcceptOnlyFromAmong([.. PcrValueFile.Forms]);
        return CommandContext.Define(
            "verify",
            "Judges a quote. Asks no TPM.",
            "--ak-public ak.pub --message quote.msg --signature quote.sig --nonce 0123456789abcdef --pcrs sha256:0,1,7 --pcr-values quote.pcrs",
            [key, message, signature, nonce, pcrs, values, form],
            context =>
            {
                QuoteExpectation expectation = new()
                {
                    AttestationKey = InputFile.ReadPublic(context.GetRequired(key)),
                    Nonce = context.GetRequired(nonce),
                    PcrSelection = context.GetRequired(pcrs),
                };
                byte[] attest = InputFile.Read(context.GetRequired(message));
                byte[] signed = InputFile.Read(context.GetRequired(signature));
                QuoteResult result = context.Get(values) is { } file
                    ? EvidenceVerifier.VerifyQuote(expectation, attest, signed, PcrValueFile.Read(file, context.GetRequired(form), expectation.PcrSelection))
                    : EvidenceVerifier.VerifyQuote(expectation, attest, signed);
                return Task.FromResult(context.Report(result.Verdict, ToJson(result), [.. ToLines(result)]));
            });
    }

    private static object ToJson(QuoteResult result) => new
    {
        clock = result.Attested is { ClockInfo: { } clock } ? new { clock.Clock, clock.ResetCount, clock.RestartCount, clock.Safe } : null,
        pcrs = result.PcrValues.Select(PcrCommands.ToJson),
    };

    private static IEnumerable<string> ToLines(QuoteResult result) => result.Attested is { ClockInfo: { } clock }
        ? [$"clock         {clock.Clock} ms, boots {clock.ResetCount}, resumes {clock.RestartCount}", .. result.PcrValues.Select(value => value.ToString())]
        : [];
}
