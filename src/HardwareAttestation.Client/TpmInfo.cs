using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>What a TPM says of itself (TPM2_GetCapability). It is not signed: for a look, and not evidence.</summary>
public sealed class TpmInfo
{
    /// <summary>Who made it.</summary>
    public required TpmManufacturerId Manufacturer { get; init; }

    /// <summary>What the maker calls it, in at most 16 characters, e.g. <c>SLB9670</c>; what cannot be printed is '?'.</summary>
    public required string VendorString { get; init; }

    /// <summary>The firmware's version: TPM_PT_FIRMWARE_VERSION_1 and _2 as four parts of 16 bits each, as Windows shows them. Each maker counts in its own way.</summary>
    public required Version FirmwareVersion { get; init; }

    /// <summary>The family of the specification, <c>2.0</c>.</summary>
    public required string Family { get; init; }

    /// <summary>The specification's version times 100, e.g. 138, 159 or 184.</summary>
    public required int Revision { get; init; }

    /// <summary>The algorithms, in ascending order of their numbers; some may have no name here.</summary>
    public required IReadOnlyList<TpmAlgId> Algorithms { get; init; }

    /// <summary>The elliptic curves, in ascending order of their numbers; empty where it has none.</summary>
    public required IReadOnlyList<TpmEccCurve> Curves { get; init; }

    /// <summary>The PCR banks that are in use, each with the PCRs that it has.</summary>
    public required TpmlPcrSelection PcrBanks { get; init; }

    /// <summary>How many bytes of an NV index the TPM gives or certifies at a time (TPM_PT_NV_BUFFER_MAX).</summary>
    public required int MaximumNVBufferSize { get; init; }

    /// <summary>How near the TPM is to refusing authorisations, or whether it does.</summary>
    public required TpmLockout Lockout { get; init; }

    /// <summary>Whether the owner has an authorisation value.</summary>
    public required bool HasOwnerAuthValue { get; init; }

    /// <summary>Whether the endorsement hierarchy has an authorisation value.</summary>
    public required bool HasEndorsementAuthValue { get; init; }
}

/// <summary>The state of the TPM's protection against guessing (TPM 2.0 Library, Part 1, section 19.8).</summary>
public sealed class TpmLockout
{
    /// <summary>Whether the TPM refuses authorisations of whatever is protected, also right ones, until it forgets failed ones.</summary>
    public required bool IsActive { get; init; }

    /// <summary>Failed authorisations that count.</summary>
    public required int FailedTries { get; init; }

    /// <summary>How many of them lock the TPM.</summary>
    public required int MaximumTries { get; init; }

    /// <summary>How long until one of them is forgotten; zero for never.</summary>
    public required TimeSpan RecoveryTime { get; init; }
}
