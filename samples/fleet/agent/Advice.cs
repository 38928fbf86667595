using HardwareAttestation.Protocol;

namespace Fleet.Agent;

/// <summary>What whoever reads the agent's log can do about a refusal. The ids are those of docs/checks.md.</summary>
internal static class Advice
{
    private const string AnotherKey =
        "This machine does not have the key that is enrolled as this node. If its key was lost, its TPM cleared or its disk replaced, an operator can allow its re-enrolment; "
        + "if the TPM was replaced, its replacement. If neither is so, this is a copy of another machine's disk, or somebody else has this node's name.";

    // A row for a check, or for all whose ids begin so; the first that fits.
    private static readonly (string Prefix, string Text)[] Rows =
    [
        (CheckIds.DeviceActive, "An operator has taken this node out of service, and can reinstate it unless it is revoked."),
        (CheckIds.EnrollmentNodeFree, AnotherKey),
        (CheckIds.SignatureValid, AnotherKey),
        (CheckIds.QuoteSigner, AnotherKey),
        (CheckIds.EnrollmentEkFree, "This TPM is enrolled as another node: start the agent with that node's name, or have an operator remove that node first."),
        ("enrollment.expected", "An operator must put this node on the list of those that may be enrolled, or --node has the wrong name."),
        (CheckIds.EnrollmentNode, "Give another name in --node: the server takes none of that form."),
        ("credential.", "The TPM could not prove that it has both keys. If this happens again, its endorsement certificate is not its own."),
        (CheckIds.EkCertificatePresent, "The TPM has no certificate of its maker. Some publish it on the network; an operator decides about such TPMs."),
        (CheckIds.EkCertificateTrustClass, "An emulated TPM is enrolled only where an operator has allowed software TPMs."),
        (CheckIds.EkCertificateFirmware, "Have the TPM's firmware updated by its maker's tool, then start the agent again."),
        ("ek.", "An operator must trust the TPM's maker: the root and issuers of its endorsement certificates are the server's to know."),
        ("ak.", "The server wants another kind of key than this agent makes: an operator decides which are allowed."),
        ("quote.pcr", "The machine did not start as an operator expects it to: firmware, boot loader or their settings differ."),
        (CheckIds.QuoteClock, "The TPM's boot counters went back: it was restored from a copy, as a virtual machine's snapshot does. An operator can allow its re-enrolment."),
        ("message.", "Agent and server do not understand each other: bring the older of the two up to date."),
    ];

    private static readonly string[] Passing = ["challenge.", CheckIds.DeviceEnrolled, CheckIds.DeviceUnchanged, CheckIds.EnrollmentUnchanged];

    /// <summary>A sentence or two.</summary>
    public static string For(string check) =>
        Array.Find(Rows, row => check.StartsWith(row.Prefix, StringComparison.Ordinal)).Text ?? "An operator sees this refusal on the server's page, and decides.";

    /// <summary>Whether a refusal says only that something came between, so that it is worth trying again soon.</summary>
    public static bool IsPassing(string check) => Array.Exists(Passing, prefix => check.StartsWith(prefix, StringComparison.Ordinal));
}
