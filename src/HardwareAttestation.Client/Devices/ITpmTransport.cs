namespace HardwareAttestation.Client;

/// <summary>One of the ways to a TPM: knows where it is and how to connect.</summary>
internal interface ITpmTransport
{
    /// <summary>The canonical device string.</summary>
    string Name { get; }

    /// <inheritdoc cref="ITpmDevice.HasResourceManager"/>
    bool HasResourceManager { get; }

    /// <summary>Whether no firmware starts the TPM, so that whoever connects sends TPM2_Startup.</summary>
    bool NeedsStartup { get; }

    /// <summary>Connects anew. Calls do not overlap.</summary>
    /// <exception cref="TpmDeviceException">There is no way to the TPM; the message says what to do.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="abort"/> was cancelled: nothing stays open.</exception>
    ValueTask<TpmLink> ConnectAsync(CancellationToken abort);
}
