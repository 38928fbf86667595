namespace HardwareAttestation.Client.Sessions;

/// <summary>Gives a command the authorisation that an endorsement key wants: low-range keys by their policy, high-range keys by their empty value.</summary>
internal static class EndorsementAuthorization
{
    public static async Task<T> RunAsync<T>(
        TpmChannel channel,
        EndorsementKeyTemplate template,
        Func<TpmAuthorization, ValueTask<T>> command,
        CancellationToken cancellationToken)
    {
        if (!template.NeedsPolicy)
        {
            return await command(PasswordAuthorization.Empty).ConfigureAwait(false);
        }

        PolicySession session = await PolicySession.ForEndorsementAsync(
            channel, template.PublicArea.NameAlg, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            return await command(session).ConfigureAwait(false);
        }
    }
}
