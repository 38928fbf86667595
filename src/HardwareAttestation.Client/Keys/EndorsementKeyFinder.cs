using System.Runtime.CompilerServices;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;
using Microsoft.Extensions.Logging;

namespace HardwareAttestation.Client;

/// <summary>Finds endorsement keys and their certificates, and brings the keys to where commands can use them. It never evicts a key, nor makes one persistent.</summary>
internal sealed class EndorsementKeyFinder
{
    private static readonly TpmHandle FirstPersistent = new(0x81010000);
    private static readonly TpmHandle LastPersistent = new(0x8101FFFF);
    private readonly TpmChannel _channel;
    private readonly NVReader _nv;
    private readonly EndorsementKeyLoader _loader;
    private readonly ManufacturerReader _manufacturer;
    private readonly ILogger _logger;

    // Keys that were used from a persistent handle. Whether one is still there is asked anew each time.
    private readonly Dictionary<TpmName, UsableKey> _persistent = [];

    public EndorsementKeyFinder(TpmChannel channel, Authorizer authorizer, ILogger logger)
    {
        _channel = channel;
        _nv = new NVReader(channel, authorizer);
        _loader = new EndorsementKeyLoader(channel, authorizer, logger);
        _manufacturer = new ManufacturerReader(channel);
        _logger = logger;
    }

    /// <summary>Finds the key of the first template that has a certificate, or else the RSA 2048 key, which every TPM can make.</summary>
    public async Task<EndorsementKey> FindAsync(CancellationToken cancellationToken)
    {
        EndorsementStorage storage = await OpenStorageAsync(cancellationToken).ConfigureAwait(false);
        foreach (EndorsementKeyTemplate template in EndorsementKeyTemplate.All)
        {
            byte[] certificate = await storage.ReadCertificateAsync(template, cancellationToken).ConfigureAwait(false);
            if (certificate.Length > 0)
            {
                return await FindAsync(storage, template, certificate, cancellationToken).ConfigureAwait(false);
            }
        }

        return await FindAsync(storage, EndorsementKeyTemplate.L1, [], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Finds the key of one template.</summary>
    public async Task<EndorsementKey> FindAsync(EndorsementKeyTemplate template, CancellationToken cancellationToken)
    {
        EndorsementStorage storage = await OpenStorageAsync(cancellationToken).ConfigureAwait(false);
        byte[] certificate = await storage.ReadCertificateAsync(template, cancellationToken).ConfigureAwait(false);
        return await FindAsync(storage, template, certificate, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Finds the keys that a certificate or the usual persistent handle points to.</summary>
    public async Task<IReadOnlyList<DiscoveredEndorsementKey>> FindAllAsync(CancellationToken cancellationToken)
    {
        EndorsementStorage storage = await OpenStorageAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<TpmHandle> persistent = await HandleList.ReadAsync(_channel, FirstPersistent, LastPersistent, cancellationToken).ConfigureAwait(false);
        List<DiscoveredEndorsementKey> discovered = [];
        foreach (EndorsementKeyTemplate template in EndorsementKeyTemplate.All)
        {
            if ((storage.HasCertificate(template) || template.PersistentHandles.Any(persistent.Contains))
                && await DiscoverAsync(storage, template, cancellationToken).ConfigureAwait(false) is { } found)
            {
                discovered.Add(found);
            }
        }

        return discovered;
    }

    /// <summary>Brings the key with a certain Name to where a command can use it. Whoever asks disposes of it.</summary>
    /// <returns>The key, or null if the TPM's keys of this template have other Names.</returns>
    /// <exception cref="TpmCommandException">The TPM refused, also to tell from what the key is made.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<UsableKey?> UseAsync(EndorsementKeyTemplate template, TpmName name, CancellationToken cancellationToken)
    {
        if (_persistent.TryGetValue(name, out UsableKey? last)
            && await PublicAreaReader.IsAtAsync(_channel, last.Handle, last.Public, cancellationToken).ConfigureAwait(false))
        {
            return last;
        }

        // The Name is over the whole public area: a key that has it is the right one, whatever handle it is at and whatever it was made from.
        if (await _loader.FindPersistentAsync(template, found => found.OutPublic.ComputeName().Equals(name), cancellationToken).ConfigureAwait(false) is { } persistent)
        {
            _persistent[name] = persistent;
            return persistent;
        }

        if (_loader.Recall(name) is { } known && await UseAsync(template, [known], name, cancellationToken).ConfigureAwait(false) is { } again)
        {
            return again;
        }

        EndorsementStorage storage = await OpenStorageAsync(cancellationToken).ConfigureAwait(false);
        UsableKey? key = await UseAsync(
            template, await storage.ReadTemplatesAsync(template, cancellationToken).ConfigureAwait(false), name, cancellationToken).ConfigureAwait(false);
        if (key is null)
        {
            storage.ThrowIfUnread();
        }

        return key;
    }

    private Task<UsableKey?> UseAsync(
        EndorsementKeyTemplate template, IReadOnlyList<TpmtPublic> templates, TpmName name, CancellationToken cancellationToken) =>
        _loader.CreateAsync(template, templates, created => created.ComputeName().Equals(name), cancellationToken);

    private Task<EndorsementStorage> OpenStorageAsync(CancellationToken cancellationToken) =>
        EndorsementStorage.OpenAsync(_channel, _nv, _logger, cancellationToken);

    private async Task<DiscoveredEndorsementKey?> DiscoverAsync(
        EndorsementStorage storage, EndorsementKeyTemplate template, CancellationToken cancellationToken)
    {
        byte[] certificate = [];
        try
        {
            certificate = await storage.ReadCertificateAsync(template, cancellationToken).ConfigureAwait(false);
            EndorsementKey? key = certificate.Length == 0
                ? await FindPersistentAsync(storage, template, certificate, cancellationToken).ConfigureAwait(false)
                : await FindAsync(storage, template, certificate, cancellationToken).ConfigureAwait(false);
            return key is null ? null : new DiscoveredEndorsementKey(key);
        }
        catch (Exception exception) when (exception is EndorsementKeyException or TpmCommandException)
        {
            ClientLog.EndorsementKeyUnusable(_logger, template.Id, _channel.DeviceName, exception.Message);
            return new DiscoveredEndorsementKey(template, certificate, exception.Message);
        }
    }

    private async Task<EndorsementKey> FindAsync(
        EndorsementStorage storage, EndorsementKeyTemplate template, byte[] certificate, CancellationToken cancellationToken)
    {
        if (await FindPersistentAsync(storage, template, certificate, cancellationToken).ConfigureAwait(false) is { } persistent)
        {
            return persistent;
        }

        IReadOnlyList<TpmtPublic> templates = await storage.ReadTemplatesAsync(template, cancellationToken).ConfigureAwait(false);
        UsableKey created = await _loader.CreateAsync(
            template, templates, key => certificate.Length == 0 || EndorsementCertificate.IsOf(key, certificate), cancellationToken).ConfigureAwait(false)
            ?? throw new EndorsementKeyException(
                $"The certificate in NV index {template.CertificateIndex} is not of the {template} endorsement key that the TPM makes. "
                + "Its endorsement seed was changed after the certificate was stored, or the key needs a nonce or template that the TPM does not hold.");
        await using (created.ConfigureAwait(false))
        {
            ClientLog.EndorsementKeyCreated(_logger, template.Id, _channel.DeviceName);
            return await DescribeAsync(storage, template, created, certificate, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<EndorsementKey?> FindPersistentAsync(
        EndorsementStorage storage, EndorsementKeyTemplate template, byte[] certificate, CancellationToken cancellationToken)
    {
        // Anybody may have put a key of his own there. One that the certificate is of is the right one. Without a certificate, it must be what the TPM would make.
        IReadOnlyList<TpmtPublic> templates = certificate.Length > 0 ? [] : await storage.ReadTemplatesAsync(template, cancellationToken).ConfigureAwait(false);
        UsableKey? found = await _loader.FindPersistentAsync(
            template,
            found => certificate.Length > 0
                ? EndorsementCertificate.IsOf(found.OutPublic, certificate)
                : EndorsementKeyLoader.IsEndorsementPrimary(found) && templates.Any(made => EndorsementKeyPolicy.AreOfOneTemplate(found.OutPublic, made)),
            cancellationToken).ConfigureAwait(false);
        if (found is null)
        {
            return null;
        }

        ClientLog.EndorsementKeyFound(_logger, template.Id, _channel.DeviceName, found.Handle);
        return await DescribeAsync(storage, template, found, certificate, cancellationToken).ConfigureAwait(false);
    }

    private async Task<EndorsementKey> DescribeAsync(
        EndorsementStorage storage, EndorsementKeyTemplate template, UsableKey key, byte[] certificate, CancellationToken cancellationToken)
    {
        IReadOnlyList<ReadOnlyMemory<byte>> chain = await storage.ReadChainAsync(cancellationToken).ConfigureAwait(false);
        Uri? address = certificate.Length > 0
            ? null
            : EndorsementCertificateAddress.Compute(key.Public, await _manufacturer.QueryAsync(cancellationToken).ConfigureAwait(false));
        return new EndorsementKey(template, key.Public, certificate, key.Handle.IsPersistent ? key.Handle : null, chain, address);
    }
}
