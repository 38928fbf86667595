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
    /// <exception cref="TpmKeyException">The TPM lost one of the keys, and its blob cannot be loaded any more; or a parent cannot be used.</exception>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    public Task<TpmAttestation> CertifyAsync(ApplicationKey key, ReadOnlyMemory<byte> qualifyingData, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        RefuseLongQualifyingData(qualifyingData);
        if (!key.Loaded.IsOf(_client))
        {
            throw new ArgumentException("The key is of another client: load it with this one.", nameof(key));
        }

        return RunAsync(
            ClientOperation.Certify,
            (channel, cancel) => key.Loaded.UseAsync(
                key,
                channel,
                () => LoadedKey.AuthorizeAsync(
                    channel,
                    key.Loaded,
                    _loaded,
                    async authorizations => TpmAttestation.Of(await channel.ExecuteAsync<CertifyCommand, AttestResponse>(
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
    /// <exception cref="TpmKeyException">The TPM lost the key, and its blob cannot be loaded any more; or its parent cannot be used.</exception>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    public Task<TpmAttestation> GetTimeAsync(ReadOnlyMemory<byte> qualifyingData, CancellationToken cancellationToken = default)
    {
        RefuseLongQualifyingData(qualifyingData);
        return RunAsync(
            ClientOperation.GetTime,
            (channel, cancel) => AuthorizeAsync(
                channel,
                TpmHandle.Endorsement,
                async (key, endorsement) => TpmAttestation.Of(await channel.ExecuteAsync<GetTimeCommand, AttestResponse>(
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
    /// <exception cref="TpmKeyException">The TPM lost the key, and its blob cannot be loaded any more; or its parent cannot be used.</exception>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    public Task<TpmAttestation> CertifyNVAsync(
        TpmHandle index, ReadOnlyMemory<byte> qualifyingData, CancellationToken cancellationToken = default) =>
        CertifyIndexAsync(index, qualifyingData, 0, null, cancellationToken);

    /// <summary>Has the TPM attest a part of an NV index (TPM2_NV_Certify).</summary>
    /// <param name="index">The index, which must have been written. It is read with its own authorisation value, which must be empty, if that is allowed, or else with the owner's.</param>
    /// <param name="qualifyingData">A nonce of whoever verifies, at most 64 bytes.</param>
    /// <param name="offset">Where in the index the part begins, in bytes: 0 to 65535.</param>
    /// <param name="count">How many bytes: 1 to 65535, and at most what the TPM gives at a time (<see cref="TpmInfo.MaximumNVBufferSize"/>).</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The attestation; what is attested is a <see cref="TpmsNVCertifyInfo"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The offset or the count is not in its range.</exception>
    /// <exception cref="ArgumentException">The handle is not one of an NV index, or the qualifying data is too long.</exception>
    /// <exception cref="TpmFormatException">The index' Name is made with a hash algorithm that .NET does not implement.</exception>
    /// <exception cref="TpmCommandException">The TPM refused: it has no such index, the index is shorter, or the TPM certifies less of one at a time.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    /// <exception cref="TpmKeyException">The TPM lost the key, and its blob cannot be loaded any more; or its parent cannot be used.</exception>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    public Task<TpmAttestation> CertifyNVAsync(
        TpmHandle index, ReadOnlyMemory<byte> qualifyingData, int offset, int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, ushort.MaxValue);

        // With an offset of zero too, a count of zero would ask newer TPMs for another kind of attestation.
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, ushort.MaxValue);
        return CertifyIndexAsync(index, qualifyingData, (ushort)offset, (ushort)count, cancellationToken);
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
        TpmHandle index, ReadOnlyMemory<byte> qualifyingData, ushort offset, ushort? count, CancellationToken cancellationToken)
    {
        RefuseLongQualifyingData(qualifyingData);
        if (!index.IsNVIndex)
        {
            throw new ArgumentException($"{index} is not the handle of an NV index: those begin with 0x01.", nameof(index));
        }

        return RunAsync(
            ClientOperation.CertifyNV,
            async (channel, cancel) =>
            {
                TpmsNVPublic found = await channel.ExecuteAsync<NVReadPublicCommand, TpmsNVPublic>(new(index), cancel).ConfigureAwait(false);
                TpmEntity certified = new(index, found.ComputeName());
                ushort size = count ?? found.DataSize;
                return found.Attributes.HasFlag(TpmaNV.AuthRead)
                    ? await _loaded.AuthorizeAsync(
                        channel, key => ExecuteAsync(certified, new Authorizations(key, PasswordAuthorization.Empty)), cancel).ConfigureAwait(false)
                    : await AuthorizeAsync(
                        channel,
                        TpmHandle.Owner,
                        (key, owner) => ExecuteAsync(TpmEntity.OfHierarchy(TpmHandle.Owner), new Authorizations(key, owner)),
                        cancel).ConfigureAwait(false);

                async Task<TpmAttestation> ExecuteAsync(TpmEntity reader, Authorizations authorizations) =>
                    TpmAttestation.Of(await channel.ExecuteAsync<NVCertifyCommand, AttestResponse>(
                        new(_loaded.Entity, reader, certified, qualifyingData, size, offset), authorizations, cancel).ConfigureAwait(false));
            },
            cancellationToken);
    }

    private Task<TpmAttestation> AuthorizeAsync(
        TpmChannel channel,
        TpmHandle hierarchy,
        Func<TpmAuthorization, TpmAuthorization, Task<TpmAttestation>> operation,
        CancellationToken cancellationToken) => _loaded.AuthorizeAsync(
            channel,
            key => _client.Authorizer.RunAsync(hierarchy, authorization => operation(key, authorization), cancellationToken),
            cancellationToken);
}
