using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <content>Evidence other than quotes: the time, NV indices, and other keys.</content>
public sealed partial class AttestationKey
{
    /// <summary>Certifies that an application's key is in the same TPM (TPM2_Certify).</summary>
    /// <param name="key">The key, of the same client.</param>
    /// <param name="qualifyingData">A nonce of whoever verifies, at most 64 bytes.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The attestation; what is attested is a <see cref="TpmsCertifyInfo"/>. The verifier needs the application key's public area beside it.</returns>
    /// <exception cref="ArgumentException">The key is of another client, or the qualifying data is too long.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    /// <exception cref="TpmKeyException">The TPM lost one of the keys, and its blob cannot be loaded any more.</exception>
    public Task<TpmAttestation> CertifyAsync(ApplicationKey key, ReadOnlyMemory<byte> qualifyingData, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        RefuseLongQualifyingData(qualifyingData);
        if (!key.Loaded.IsOf(_client))
        {
            throw new ArgumentException("The key is of another client: load it with this one.", nameof(key));
        }

        return RunAsync(
            (channel, cancel) => key.Loaded.UseAsync(
                key,
                channel,
                () => LoadedKey.AuthorizeAsync(
                    channel,
                    key.Loaded,
                    _loaded,
                    async authorizations => new TpmAttestation(await channel.ExecuteAsync<CertifyCommand, AttestResponse>(
                        new(key.Loaded.Entity, _loaded.Entity, qualifyingData), authorizations, cancel).ConfigureAwait(false)),
                    cancel),
                cancel),
            cancellationToken);
    }

    /// <summary>Has the TPM attest its time, clock, boot counters and firmware version (TPM2_GetTime).</summary>
    /// <param name="qualifyingData">A nonce of whoever verifies, at most 64 bytes.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The attestation; what is attested is a <see cref="TpmsTimeAttestInfo"/>.</returns>
    /// <exception cref="ArgumentException">The qualifying data is too long.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    /// <exception cref="TpmKeyException">The TPM lost the key, and its blob cannot be loaded any more.</exception>
    public Task<TpmAttestation> GetTimeAsync(ReadOnlyMemory<byte> qualifyingData, CancellationToken cancellationToken = default)
    {
        RefuseLongQualifyingData(qualifyingData);
        return RunAsync(
            (channel, cancel) => AuthorizeAsync(
                channel,
                TpmHandle.Endorsement,
                async (key, endorsement) => new TpmAttestation(await channel.ExecuteAsync<GetTimeCommand, AttestResponse>(
                    new(_loaded.Entity, qualifyingData), new Authorizations(endorsement, key), cancel).ConfigureAwait(false)),
                cancel),
            cancellationToken);
    }

    /// <summary>Has the TPM attest the whole content of an NV index (TPM2_NV_Certify).</summary>
    /// <param name="index">The index, which must have been written. It is read with its own authorisation value, which must be empty, if that is allowed, or else with the owner's.</param>
    /// <param name="qualifyingData">A nonce of whoever verifies, at most 64 bytes.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The attestation; what is attested is a <see cref="TpmsNVCertifyInfo"/>.</returns>
    /// <exception cref="ArgumentException">The handle is not one of an NV index, or the qualifying data is too long.</exception>
    /// <exception cref="TpmFormatException">The index' Name is made with a hash algorithm that .NET does not implement.</exception>
    /// <exception cref="TpmCommandException">The TPM refused: it has no such index, or certifies less of one at a time.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    /// <exception cref="TpmKeyException">The TPM lost the key, and its blob cannot be loaded any more.</exception>
    public Task<TpmAttestation> CertifyNVAsync(
        TpmHandle index, ReadOnlyMemory<byte> qualifyingData, CancellationToken cancellationToken = default) =>
        CertifyIndexAsync(index, qualifyingData, null, 0, cancellationToken);

    /// <summary>Has the TPM attest a part of an NV index (TPM2_NV_Certify).</summary>
    /// <param name="index">The index, which must have been written. It is read with its own authorisation value, which must be empty, if that is allowed, or else with the owner's.</param>
    /// <param name="qualifyingData">A nonce of whoever verifies, at most 64 bytes.</param>
    /// <param name="size">How many bytes: at least one, and at most what the TPM gives at a time (TPM_PT_NV_BUFFER_MAX).</param>
    /// <param name="offset">Where in the index they begin, in bytes.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The attestation; what is attested is a <see cref="TpmsNVCertifyInfo"/>.</returns>
    /// <exception cref="ArgumentException">The handle is not one of an NV index, the size is zero, or the qualifying data is too long.</exception>
    /// <exception cref="TpmFormatException">The index' Name is made with a hash algorithm that .NET does not implement.</exception>
    /// <exception cref="TpmCommandException">The TPM refused: it has no such index, or the index is shorter.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    /// <exception cref="TpmKeyException">The TPM lost the key, and its blob cannot be loaded any more.</exception>
    public Task<TpmAttestation> CertifyNVAsync(
        TpmHandle index, ReadOnlyMemory<byte> qualifyingData, ushort size, ushort offset, CancellationToken cancellationToken = default)
    {
        // With an offset of zero too, it would ask newer TPMs for another kind of attestation.
        ArgumentOutOfRangeException.ThrowIfZero(size);
        return CertifyIndexAsync(index, qualifyingData, size, offset, cancellationToken);
    }

    private static void RefuseLongQualifyingData(ReadOnlyMemory<byte> qualifyingData)
    {
        if (qualifyingData.Length > TpmHash.MaximumDigestSize)
        {
            throw new ArgumentException(
                $"The qualifying data has at most {TpmHash.MaximumDigestSize} bytes, and {qualifyingData.Length} were given.", nameof(qualifyingData));
        }
    }

    private Task<TpmAttestation> CertifyIndexAsync(
        TpmHandle index, ReadOnlyMemory<byte> qualifyingData, ushort? size, ushort offset, CancellationToken cancellationToken)
    {
        RefuseLongQualifyingData(qualifyingData);
        if (!index.IsNVIndex)
        {
            throw new ArgumentException($"{index} is not the handle of an NV index: those begin with 0x01.", nameof(index));
        }

        return RunAsync(
            async (channel, cancel) =>
            {
                TpmsNVPublic found = await channel.ExecuteAsync<NVReadPublicCommand, TpmsNVPublic>(new(index), cancel).ConfigureAwait(false);
                TpmEntity certified = new(index, found.ComputeName());
                ushort count = size ?? found.DataSize;
                return found.Attributes.HasFlag(TpmaNV.AuthRead)
                    ? await _loaded.AuthorizeAsync(
                        channel, key => ExecuteAsync(certified, new Authorizations(key, PasswordAuthorization.Empty)), cancel).ConfigureAwait(false)
                    : await AuthorizeAsync(
                        channel,
                        TpmHandle.Owner,
                        (key, owner) => ExecuteAsync(TpmEntity.OfHierarchy(TpmHandle.Owner), new Authorizations(key, owner)),
                        cancel).ConfigureAwait(false);

                async Task<TpmAttestation> ExecuteAsync(TpmEntity reader, Authorizations authorizations) =>
                    new(await channel.ExecuteAsync<NVCertifyCommand, AttestResponse>(
                        new(_loaded.Entity, reader, certified, qualifyingData, count, offset), authorizations, cancel).ConfigureAwait(false));
            },
            cancellationToken);
    }

    // The key first: its parent may have to be made, which takes a slot for a moment that the hierarchy's salt key would fill meanwhile.
    private Task<TpmAttestation> AuthorizeAsync(
        TpmChannel channel,
        TpmHandle hierarchy,
        Func<TpmAuthorization, TpmAuthorization, Task<TpmAttestation>> operation,
        CancellationToken cancellationToken) => _loaded.AuthorizeAsync(
            channel,
            key => _client.Authorizer.RunAsync(hierarchy, authorization => operation(key, authorization), cancellationToken),
            cancellationToken);
}
