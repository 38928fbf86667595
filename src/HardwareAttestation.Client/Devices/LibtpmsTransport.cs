using System.Runtime.Versioning;

namespace HardwareAttestation.Client;

/// <summary>A TPM of libtpms in this process: connecting is powering it on, and closing the link is shutting it down.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class LibtpmsTransport(string folder) : ITpmTransport
{
    // Of all devices of this process, which share the one TPM that libtpms is.
    private static LibtpmsLink? _last;

    public string Name { get; } = $"libtpms:dir={folder}";

    public bool HasResourceManager => false;

    public bool NeedsStartup => true;

    public async ValueTask<TpmLink> ConnectAsync(CancellationToken abort)
    {
        // The last link, if it was closed or dropped, must have let go of libtpms first: on a busy machine that may take longer than its device's disposal waits.
        if (_last is { } last)
        {
            await last.Closed.WaitAsync(abort).ConfigureAwait(false);
        }

        return _last = await Task.Run(() => LibtpmsLink.Open(Name, folder), abort).ConfigureAwait(false);
    }
}
