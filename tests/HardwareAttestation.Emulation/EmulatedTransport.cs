namespace HardwareAttestation.Emulation;

/// <summary>How an emulated TPM listens for commands.</summary>
public enum EmulatedTransport
{
    /// <summary>A Unix domain socket in the machine's own folder.</summary>
    UnixSocket,

    /// <summary>A TCP port of the loopback interface; the control channel is the port after it.</summary>
    Tcp,
}
