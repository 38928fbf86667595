using System.Runtime.CompilerServices;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client.Sessions;

/// <summary>
/// The use of an endorsement key in one operation: sessions that authorise it and encrypt what passes. Keys of the low range are authorised by their policy,
/// PolicySecret(TPM_RH_ENDORSEMENT); those of the high range by their value, or by their policy too. The key itself says which: a maker's template may deviate.
/// </summary>
/// <remarks>Disposing flushes the sessions, and the key if it is transient.</remarks>
internal sealed class EndorsementSession : IAsyncDisposable
{
    private readonly TpmChannel _channel;
    private readonly Authorizer _authorizer;
    private readonly bool _needsPolicy;
    private TpmSession? _salted;
    private TpmSession? _policy;
    private TpmSession? _hmac;

    private EndorsementSession(TpmChannel channel, Authorizer authorizer, UsableKey key)
    {
        _channel = channel;
        _authorizer = authorizer;
        Key = key;
        _needsPolicy = !EndorsementKeyPolicy.IsUsedWithAuthorizationValue(key.Public);
    }

    public UsableKey Key { get; }

    private bool UsesPolicyApart => !_needsPolicy && _authorizer.UsesEndorsementKeyPolicy;

    /// <summary>Begins to use an endorsement key, which is the session's to dispose of from now on.</summary>
    /// <exception cref="EndorsementKeyException">The key cannot open a salt: its numbers are not those of a key.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<EndorsementSession> StartAsync(
        TpmChannel channel, Authorizer authorizer, UsableKey key, CancellationToken cancellationToken)
    {
        EndorsementSession session = new(channel, authorizer, key);
        try
        {
            session._salted = await TpmSession.StartSaltedAsync(
                channel, key, session._needsPolicy ? TpmSe.Policy : TpmSe.Hmac, cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Authorises the key as the parent in one command, whose first parameters are encrypted.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Authorizations> AuthorizeParentAsync(CancellationToken cancellationToken)
    {
        await SatisfyPolicyAsync(cancellationToken).ConfigureAwait(false);
        return UsesPolicyApart
            ? new(_policy!, _salted!.For(default, encrypts: true))
            : new(_salted!.For(_needsPolicy ? default : _authorizer.EndorsementKey, encrypts: true));
    }

    /// <summary>Authorises TPM2_ActivateCredential, whose first parameters are encrypted: the attestation key, and this key.</summary>
    /// <param name="activatedAuthValue">The attestation key's authorisation value.</param>
    /// <param name="cancellationToken">Cancels.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Authorizations> AuthorizeActivationAsync(ReadOnlyMemory<byte> activatedAuthValue, CancellationToken cancellationToken)
    {
        // A session is for one handle of a command.
        TpmSession? other = activatedAuthValue.IsEmpty ? null
            : UsesPolicyApart ? _salted
            : await GetSecondSessionAsync(cancellationToken).ConfigureAwait(false);
        await SatisfyPolicyAsync(cancellationToken).ConfigureAwait(false);
        TpmAuthorization activated = other is null ? PasswordAuthorization.Empty : other.For(activatedAuthValue, encrypts: true);
        if (UsesPolicyApart)
        {
            return new(activated, _policy!, other is null ? _salted!.For(default, encrypts: true) : null);
        }

        return new(activated, _salted!.For(_needsPolicy ? default : _authorizer.EndorsementKey, encrypts: other is null));
    }

    /// <summary>A session that authorises by value, in a command that does not use this key.</summary>
    public async Task<TpmSession> GetHmacSessionAsync(CancellationToken cancellationToken) =>
        _needsPolicy ? await GetSecondSessionAsync(cancellationToken).ConfigureAwait(false) : _salted!;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask DisposeAsync()
    {
        await DisposeAsync(_hmac).ConfigureAwait(false);
        await DisposeAsync(_policy).ConfigureAwait(false);
        await DisposeAsync(_salted).ConfigureAwait(false);
        await Key.DisposeAsync().ConfigureAwait(false);
    }

    private static ValueTask DisposeAsync(TpmSession? session) => session?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<TpmSession> GetSecondSessionAsync(CancellationToken cancellationToken) =>
        _hmac ??= await TpmSession.StartSaltedAsync(_channel, Key, TpmSe.Hmac, cancellationToken).ConfigureAwait(false);

    // Each command uses the policy up.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SatisfyPolicyAsync(CancellationToken cancellationToken)
    {
        if (!_needsPolicy && !UsesPolicyApart)
        {
            return;
        }

        TpmSession policy = _needsPolicy
            ? _salted!
            : _policy ??= await TpmSession.StartPolicyAsync(_channel, Key.Public.NameAlg, cancellationToken).ConfigureAwait(false);
        TpmAuthorization endorsement = _authorizer.Endorsement.IsEmpty
            ? PasswordAuthorization.Empty
            : (await GetHmacSessionAsync(cancellationToken).ConfigureAwait(false)).For(_authorizer.Endorsement, encrypts: false);
        await _channel.ExecuteAsync<PolicySecretCommand, NoResponse>(
            new(TpmHandle.Endorsement, policy.Handle), endorsement, cancellationToken).ConfigureAwait(false);
        if (EndorsementKeyPolicy.HasPolicyB(Key.Public))
        {
            await _channel.ExecuteAsync<PolicyOrCommand, NoResponse>(
                new(policy.Handle, EndorsementPolicies.BranchesOfB(Key.Public.NameAlg)), cancellationToken).ConfigureAwait(false);
        }
    }
}

/// <summary>The authorisations of a command, in the order of its handles; one that is of no handle encrypts.</summary>
internal readonly record struct Authorizations(TpmAuthorization First, TpmAuthorization? Second = null, TpmAuthorization? Third = null);
