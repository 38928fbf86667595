namespace HardwareAttestation.Verifier;

/// <summary>Whether a device is in service. The numbers are stored, and do not change.</summary>
public enum DeviceStatus
{
    /// <summary>Nothing is known. No device has this; one whose store lost its status does, and is refused.</summary>
    None = 0,

    /// <summary>In service: it is challenged, and its evidence is judged.</summary>
    Active = 1,

    /// <summary>Out of service for now: it is refused, and an operator may reinstate it, or let the node be enrolled anew.</summary>
    Retired = 2,

    /// <summary>Out of service for good, stolen for instance: it is refused, and neither its node nor its endorsement key is enrolled as long as the record exists.</summary>
    Revoked = 3,
}
