using System.Security.Cryptography;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Sessions;

/// <summary>
/// An open policy session, neither salted nor bound (TPM 2.0 Library, Part 1, section 19.7). It stays open after a command, also a failed one,
/// and is flushed when it is disposed.
/// </summary>
internal sealed class PolicySession : TpmAuthorization, IAsyncDisposable
{
    private const int NonceSize = 16;
    private readonly TpmChannel _channel;
    private readonly TpmHandle _handle;

    private PolicySession(TpmChannel channel, TpmHandle handle)
    {
        _channel = channel;
        _handle = handle;
    }

    /// <summary>Opens a session and satisfies the low-range endorsement keys' policy: PolicySecret(TPM_RH_ENDORSEMENT).</summary>
    public static async Task<PolicySession> ForEndorsementAsync(TpmChannel channel, TpmAlgId authHash, CancellationToken cancellationToken)
    {
        StartAuthSessionResponse started = await channel.ExecuteAsync<StartAuthSessionCommand, StartAuthSessionResponse>(
            new(RandomNumberGenerator.GetBytes(NonceSize), authHash), cancellationToken).ConfigureAwait(false);
        PolicySession session = new(channel, started.SessionHandle);
        try
        {
            await channel.ExecuteAsync<PolicySecretCommand, NoResponse>(
                new(TpmHandle.Endorsement, session._handle), PasswordAuthorization.Empty, cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override void WriteCommandArea(ref TpmWriter writer) => WriteArea(_handle, ContinueSession, [], ref writer);

    public override void ReadResponseArea(ref TpmReader reader) => ReadAreaWithoutHmac(ref reader);

    public ValueTask DisposeAsync() => _channel.FlushAsync(_handle);
}
