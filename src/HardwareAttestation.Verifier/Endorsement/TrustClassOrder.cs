namespace HardwareAttestation.Verifier;

/// <summary>Which class of TPMs promises less than another.</summary>
internal static class TrustClassOrder
{
    // From the one that protects the TPM's keys best to the one that protects them least. What is not known may be anything that is not known to be worse.
    private static readonly EndorsementTrustClass[] FromBest =
    [
        EndorsementTrustClass.DiscreteHardware,
        EndorsementTrustClass.FirmwareHardware,
        EndorsementTrustClass.Unknown,
        EndorsementTrustClass.CloudVirtual,
        EndorsementTrustClass.SoftwareEmulator,
    ];

    /// <summary>The class that promises least.</summary>
    public static EndorsementTrustClass Worst(this IEnumerable<EndorsementTrustClass> classes) => classes.MaxBy(trustClass => Array.IndexOf(FromBest, trustClass));
}
