using System.CommandLine;
using System.Globalization;
using HardwareAttestation.Client;
using HardwareAttestation.Structures;

namespace HwAttest.Commands;

/// <summary>hwattest tpm …</summary>
internal static class TpmCommands
{
    public static Command Create() => new("tpm", "The TPM itself.")
    {
        CommandContext.Define("info", "Says what the TPM is, and in what state.", string.Empty, [], InfoAsync),
    };

    private static Task<int> InfoAsync(CommandContext context) => context.WithTpmAsync(async (client, device) =>
    {
        TpmInfo info = await client.GetTpmInfoAsync(context.CancellationToken);
        string[] algorithms = [.. info.Algorithms.Select(Words.Of)];
        string[] curves = [.. info.Curves.Select(Words.Of)];
        return context.Report(
            new
            {
                device = device.Name,
                hasResourceManager = device.HasResourceManager,
                manufacturer = new { id = info.Manufacturer.Value.ToString("X8", CultureInfo.InvariantCulture), code = info.Manufacturer.Code, name = info.Manufacturer.Name },
                vendorString = info.VendorString,
                firmwareVersion = info.FirmwareVersion.ToString(),
                family = info.Family,
                specificationRevision = info.Revision,
                algorithms,
                curves,
                pcrBanks = info.PcrBanks.Select(bank => new { bank = TpmHash.ToToolName(bank.Hash), pcrs = bank.Pcrs }),
                lockout = new
                {
                    active = info.Lockout.IsActive,
                    failedTries = info.Lockout.FailedTries,
                    maximumTries = info.Lockout.MaximumTries,
                    recoverySeconds = (long)info.Lockout.RecoveryTime.TotalSeconds,
                },
                ownerAuthSet = info.HasOwnerAuthValue,
                endorsementAuthSet = info.HasEndorsementAuthValue,
            },
            $"device            {device.Name}",
            $"resource manager  {(device.HasResourceManager ? "yes: handles of others are not seen, and slots do not run out" : "no: use the TPM alone, or the kernel's /dev/tpmrm0")}",
            $"manufacturer      {ManufacturerOf(info.Manufacturer)}",
            $"vendor string     {info.VendorString}",
            $"firmware          {info.FirmwareVersion}",
            $"specification     TPM {info.Family}, revision {(info.Revision / 100m).ToString("0.00", CultureInfo.InvariantCulture)}",
            $"algorithms        {string.Join(' ', algorithms)}",
            $"curves            {(curves.Length == 0 ? "none" : string.Join(' ', curves))}",
            $"PCR banks         {BanksOf(info.PcrBanks)}",
            $"lockout           {LockoutOf(info.Lockout)}",
            $"auth values       owner: {(info.HasOwnerAuthValue ? "set" : "empty")}, endorsement: {(info.HasEndorsementAuthValue ? "set" : "empty")}");
    });

    private static string ManufacturerOf(TpmManufacturerId manufacturer) => manufacturer.Name is { } name
        ? name == manufacturer.Code ? name : $"{name} ({manufacturer.Code})"
        : $"'{manufacturer.Code}' (0x{manufacturer.Value:X8}), who is not known here: look it up in the TCG's vendor id registry";

    private static string BanksOf(TpmlPcrSelection banks) => banks.Count == 0
        ? "none: no PCR can be quoted until one is switched on in the firmware's set-up"
        : string.Join(' ', banks.Select(bank => bank.Count == TpmsPcrSelection.PcrCount
            ? TpmHash.ToToolName(bank.Hash)
            : $"{TpmHash.ToToolName(bank.Hash)} ({bank.Count} PCRs)"));

    private static string LockoutOf(TpmLockout lockout)
    {
        string tries = $"{lockout.FailedTries} of {lockout.MaximumTries} failed tries";
        string recovery = lockout.RecoveryTime == TimeSpan.Zero
            ? "none is forgotten by itself"
            : string.Create(CultureInfo.InvariantCulture, $"one is forgotten every {lockout.RecoveryTime.TotalSeconds:0} s");
        return lockout.IsActive
            ? $"ACTIVE: {tries}, {recovery}. Authorisations are refused: wait, or reset it with the lockout authorisation (tpm2_dictionarylockout --clear-lockout)"
            : $"not active: {tries}, {recovery}";
    }
}
