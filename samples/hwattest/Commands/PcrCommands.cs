using System.CommandLine;
using HardwareAttestation.Structures;

namespace HwAttest.Commands;

/// <summary>hwattest pcr …</summary>
internal static class PcrCommands
{
    public static Command Create()
    {
        Option<TpmlPcrSelection> pcrs = CommonOptions.Pcrs();
        return new Command("pcr", "Platform configuration registers.")
        {
            CommandContext.Define(
                "read",
                "Prints the values of PCRs, unsigned.",
                "--pcrs sha256:0,1,7",
                [pcrs],
                async context =>
                {
                    IReadOnlyList<PcrValue> values = await context.WithTpmAsync(
                        (client, _) => client.ReadPcrsAsync(context.GetRequired(pcrs), context.CancellationToken));
                    return context.Report(new { pcrs = values.Select(ToJson) }, values.Select(value => value.ToString()));
                }),
        };
    }

    public static object ToJson(PcrValue value) => new { bank = TpmHash.ToToolName(value.Bank), pcr = value.Pcr, value = Convert.ToHexStringLower(value.Digest.Span) };
}
