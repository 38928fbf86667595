namespace HardwareAttestation.Client;

/// <summary>One connection to a TPM, used for one exchange at a time. After an exchange has failed it is only good for <see cref="Drop"/>.</summary>
internal abstract class TpmLink
{
    /// <summary>Sends one command and receives what comes back for it.</summary>
    /// <param name="command">A command of at most <see cref="TpmHeader.MaxSize"/> bytes. It is not touched after the returned task has ended.</param>
    /// <param name="abort">Ends the exchange at once. Whether the TPM has run the command is then unknown.</param>
    /// <returns>The response in a buffer of the link, valid until the next exchange; whoever reads it clears it, as it may hold a secret. Its header is not yet checked.</returns>
    /// <exception cref="TpmDeviceException">The link broke, or its framing did.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="abort"/> was cancelled.</exception>
    internal abstract ValueTask<Memory<byte>> ExchangeAsync(ReadOnlyMemory<byte> command, CancellationToken abort);

    /// <summary>Closes the connection in order: says goodbye where the transport has a word for it. Never throws.</summary>
    /// <param name="abort">Ends the waiting; the connection is closed all the same.</param>
    internal abstract ValueTask CloseAsync(CancellationToken abort);

    /// <summary>Closes the connection in whatever state it is. Never blocks and never throws.</summary>
    internal abstract void Drop();
}
