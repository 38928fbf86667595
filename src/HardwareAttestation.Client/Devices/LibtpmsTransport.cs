using System.Runtime.Versioning;

namespace HardwareAttestation.Client;

/// <summary>A TPM of libtpms in this process: connecting is powering it on, and closing the link is shutting it down.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class LibtpmsTransport(string folder) : ITpmTransport
{
    private LibtpmsLink? _last;

    public string Name { get; } = $"libtpms:dir={folder}";

    public bool HasResourceManager => false;

    public bool NeedsStartup => true;

    public async ValueTask<TpmLink> ConnectAsync(CancellationToken abort)
    {
        // Our own last link, if it was dropped, must have let go of libtpms first.
        if (_last is not null)
        {
            await _last.Closed.WaitAsync(abort).ConfigureAwait(false);
        }

        return _last = await Task.Run(() => LibtpmsLink.Open(Name, folder), abort).ConfigureAwait(false);
    }
}
