using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;
using Microsoft.Extensions.Logging;

namespace HardwareAttestation.Client;

/// <summary>Finds endorsement keys and their certificates, and brings the keys to where commands can use them.</summary>
internal sealed class EndorsementKeyFinder
{
    private readonly TpmChannel _channel;
    private readonly Authorizer _authorizer;
    private readonly NVReader _nv;
    private readonly ILogger _logger;

    public EndorsementKeyFinder(TpmChannel channel, Authorizer authorizer, ILogger logger)
    {
        _channel = channel;
        _authorizer = authorizer;
        _nv = new NVReader(channel);
        _logger = logger;
    }

    /// <summary>Finds the key of the first template that has a certificate, or else the RSA 2048 key, which every TPM can make.</summary>
    public async Task<EndorsementKey> FindAsync(CancellationToken cancellationToken)
    {
        foreach (EndorsementKeyTemplate template in EndorsementKeyTemplate.All)
        {
            if (await ReadCertificateAsync(template, cancellationToken).ConfigureAwait(false) is { } certificate)
            {
                return await FindAsync(template, certificate, cancellationToken).ConfigureAwait(false);
            }
        }

        return await FindAsync(EndorsementKeyTemplate.L1, [], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Finds the key of one template.</summary>
    public async Task<EndorsementKey> FindAsync(EndorsementKeyTemplate template, CancellationToken cancellationToken)
    {
        byte[] certificate = await ReadCertificateAsync(template, cancellationToken).ConfigureAwait(false) ?? [];
        return await FindAsync(template, certificate, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Brings the key with a certain Name to where a command can use it. Whoever asks disposes of it.</summary>
    /// <returns>The key, or null if the TPM's key of this template has another Name.</returns>
    public async Task<UsableKey?> UseAsync(EndorsementKeyTemplate template, TpmName name, CancellationToken cancellationToken)
    {
        foreach (TpmHandle handle in template.PersistentHandles)
        {
            ReadPublicResponse? response = await TryReadPublicAsync(handle, cancellationToken).ConfigureAwait(false);
            if (response is { } found && template.Matches(found.OutPublic) && found.OutPublic.ComputeName().Equals(name))
            {
                return new UsableKey(_channel, handle, found.OutPublic);
            }
        }

        UsableKey created = await CreateAsync(template, cancellationToken).ConfigureAwait(false);
        if (created.Public.ComputeName().Equals(name))
        {
            return created;
        }

        await created.DisposeAsync().ConfigureAwait(false);
        return null;
    }

    private async Task<EndorsementKey> FindAsync(EndorsementKeyTemplate template, byte[] certificate, CancellationToken cancellationToken)
    {
        foreach (TpmHandle handle in template.PersistentHandles)
        {
            ReadPublicResponse? response = await TryReadPublicAsync(handle, cancellationToken).ConfigureAwait(false);
            if (response is { } found
                && template.Matches(found.OutPublic)
                && (certificate.Length == 0 || EndorsementCertificate.IsOf(found.OutPublic, certificate)))
            {
                ClientLog.EndorsementKeyFound(_logger, template.Id, _channel.DeviceName, handle);
                return new EndorsementKey(template, found.OutPublic, certificate, handle);
            }
        }

        UsableKey created = await CreateAsync(template, cancellationToken).ConfigureAwait(false);
        await using (created.ConfigureAwait(false))
        {
            if (certificate.Length > 0 && !EndorsementCertificate.IsOf(created.Public, certificate))
            {
                throw new EndorsementKeyException(
                    $"The certificate in NV index {template.CertificateIndex} is not of the {template} endorsement key that the TPM makes. "
                    + "The TPM may need a nonce or template of its own for it, or its endorsement seed was changed after the certificate was stored.");
            }

            ClientLog.EndorsementKeyCreated(_logger, template.Id, _channel.DeviceName);
            return new EndorsementKey(template, created.Public, certificate, null);
        }
    }

    private async Task<byte[]?> ReadCertificateAsync(EndorsementKeyTemplate template, CancellationToken cancellationToken)
    {
        byte[]? content = await _nv.ReadAsync(template.CertificateIndex, cancellationToken).ConfigureAwait(false);
        if (content is null)
        {
            return null;
        }

        byte[] certificate = EndorsementCertificate.Extract(content, template.CertificateIndex);
        ClientLog.EndorsementCertificateRead(_logger, template.Id, _channel.DeviceName, template.CertificateIndex, certificate.Length);
        return certificate;
    }

    private async Task<ReadPublicResponse?> TryReadPublicAsync(TpmHandle handle, CancellationToken cancellationToken)
    {
        try
        {
            return await _channel.ExecuteAsync<ReadPublicCommand, ReadPublicResponse>(new(handle), cancellationToken).ConfigureAwait(false);
        }
        catch (TpmCommandException exception) when (exception.ResponseCode.Error is TpmRc.Handle or TpmRc.ReferenceH0)
        {
            return null;
        }
    }

    private async Task<UsableKey> CreateAsync(EndorsementKeyTemplate template, CancellationToken cancellationToken)
    {
        CreatePrimaryResponse created = await _authorizer.RunAsync(
            TpmHandle.Endorsement,
            async endorsement => await _channel.ExecuteAsync<CreatePrimaryCommand, CreatePrimaryResponse>(
                new(TpmHandle.Endorsement, template.PublicArea), endorsement, cancellationToken).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
        if (template.Matches(created.OutPublic))
        {
            return new UsableKey(_channel, created.ObjectHandle, created.OutPublic);
        }

        await _channel.FlushAsync(created.ObjectHandle).ConfigureAwait(false);
        throw new TpmDeviceException(_channel.DeviceName, $"TPM2_CreatePrimary gave a key that is not of the {template} template.");
    }
}
