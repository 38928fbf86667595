using System.Runtime.ExceptionServices;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;
using Microsoft.Extensions.Logging;

namespace HardwareAttestation.Client;

/// <summary>
/// What a TPM's maker stored in NV memory for the endorsement keys (TCG EK Credential Profile 2.5, section 2.2.1), for one operation: certificates, the chain
/// of their issuers, and nonces and templates of keys that deviate from the standard ones.
/// </summary>
internal sealed class EndorsementStorage
{
    private static readonly TpmHandle First = new(0x01C00000);
    private static readonly TpmHandle FirstOfChain = new(0x01C00100);
    private static readonly TpmHandle Last = new(0x01C001FF);

    private readonly TpmChannel _channel;
    private readonly NVReader _nv;
    private readonly ILogger _logger;
    private readonly IReadOnlyList<TpmHandle> _indices;
    private IReadOnlyList<ReadOnlyMemory<byte>>? _chain;
    private ExceptionDispatchInfo? _fault;

    private EndorsementStorage(TpmChannel channel, NVReader nv, ILogger logger, IReadOnlyList<TpmHandle> indices)
    {
        _channel = channel;
        _nv = nv;
        _logger = logger;
        _indices = indices;
    }

    public static async Task<EndorsementStorage> OpenAsync(TpmChannel channel, NVReader nv, ILogger logger, CancellationToken cancellationToken) =>
        new(channel, nv, logger, await HandleList.ReadAsync(channel, First, Last, cancellationToken).ConfigureAwait(false));

    /// <summary>Throws if an index could not be read: then it is not known what keys the TPM has.</summary>
    public void ThrowIfUnread() => _fault?.Throw();

    public bool HasCertificate(EndorsementKeyTemplate template) => _indices.Contains(template.CertificateIndex);

    /// <summary>Reads a key's certificate.</summary>
    /// <returns>The certificate; empty if there is none.</returns>
    /// <exception cref="EndorsementKeyException">The index holds something else.</exception>
    public async Task<byte[]> ReadCertificateAsync(EndorsementKeyTemplate template, CancellationToken cancellationToken)
    {
        if (!HasCertificate(template)
            || await _nv.ReadAsync(template.CertificateIndex, cancellationToken).ConfigureAwait(false) is not { } content)
        {
            return [];
        }

        byte[] certificate = EndorsementCertificate.Extract(content, template.CertificateIndex);
        ClientLog.EndorsementCertificateRead(_logger, template.Id, _channel.DeviceName, template.CertificateIndex, certificate.Length);
        return certificate;
    }

    /// <summary>Reads the chain of issuers, as far as it is one. It helps a verifier and proves nothing: damage to it is logged.</summary>
    public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> ReadChainAsync(CancellationToken cancellationToken)
    {
        if (_chain is null)
        {
            List<byte> content = [];
            foreach (TpmHandle index in _indices.Where(index => index.Value >= FirstOfChain.Value))
            {
                if (content.Count <= EnrollmentRequest.MaximumChainSize)
                {
                    content.AddRange(await TryReadAsync(index, cancellationToken).ConfigureAwait(false) ?? []);
                }
            }

            _chain = EndorsementCertificate.Split([.. content], out bool isWhole);
            if (!isWhole)
            {
                ClientLog.EndorsementChainNotWhole(_logger, _channel.DeviceName, FirstOfChain, _chain.Count);
            }
        }

        return _chain;
    }

    /// <summary>Gives the templates that a key may have been made from, the likeliest first; the standard one comes last.</summary>
    public async Task<IReadOnlyList<TpmtPublic>> ReadTemplatesAsync(EndorsementKeyTemplate template, CancellationToken cancellationToken)
    {
        TpmtPublic? stored = await ReadTemplateAsync(template, cancellationToken).ConfigureAwait(false);
        byte[]? nonce = template.NonceIndex is { } index ? await TryReadAsync(index, cancellationToken).ConfigureAwait(false) : null;
        List<TpmtPublic> templates = [];
        if (stored is not null)
        {
            templates.Add(nonce is null ? stored : WithNonce(stored, nonce, template) ?? stored);
        }

        if (nonce is not null && WithNonce(template.PublicArea, nonce, template) is { } standardWithNonce)
        {
            templates.Add(standardWithNonce);
        }

        return [.. templates.Append(template.PublicArea).Distinct()];
    }

    private async Task<TpmtPublic?> ReadTemplateAsync(EndorsementKeyTemplate template, CancellationToken cancellationToken)
    {
        if (await TryReadAsync(template.TemplateIndex, cancellationToken).ConfigureAwait(false) is not { } content)
        {
            return null;
        }

        try
        {
            // Behind it may be what fills the index up.
            TpmReader reader = new(content);
            TpmtPublic stored = TpmtPublic.Read(ref reader);
            if (EndorsementKeyPolicy.FindFault(stored, template) is not { } fault)
            {
                return stored;
            }

            ClientLog.EndorsementTemplatePassedOver(_logger, template.TemplateIndex, _channel.DeviceName, fault);
        }
        catch (TpmFormatException exception)
        {
            ClientLog.EndorsementTemplatePassedOver(_logger, template.TemplateIndex, _channel.DeviceName, exception.Message);
        }

        return null;
    }

    // The nonce stands in front of zeros: in place of an RSA modulus, or of a point's x coordinate.
    private TpmtPublic? WithNonce(TpmtPublic area, byte[] nonce, EndorsementKeyTemplate template)
    {
        const int CoordinateSize = 32;
        int size = area.Parameters is TpmsRsaParms rsa ? rsa.KeyBits / 8 : CoordinateSize;
        if (nonce.Length > size)
        {
            ClientLog.EndorsementTemplatePassedOver(
                _logger, template.NonceIndex!.Value, _channel.DeviceName, $"it is a nonce of {nonce.Length} bytes, and {size} are the most");
            return null;
        }

        byte[] filledUp = [.. nonce, .. new byte[size - nonce.Length]];
        TpmuPublicId unique = area.Parameters is TpmsRsaParms ? new Tpm2bPublicKeyRsa(filledUp) : new TpmsEccPoint(filledUp, new byte[size]);
        return new TpmtPublic(area.NameAlg, area.ObjectAttributes, area.AuthPolicy.Span, area.Parameters, unique);
    }

    /// <summary>Reads an index that an endorsement key can be found without.</summary>
    private async Task<byte[]?> TryReadAsync(TpmHandle index, CancellationToken cancellationToken)
    {
        if (!_indices.Contains(index))
        {
            return null;
        }

        try
        {
            return await _nv.ReadAsync(index, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TpmCommandException or EndorsementKeyException)
        {
            ClientLog.EndorsementTemplatePassedOver(_logger, index, _channel.DeviceName, exception.Message);
            _fault ??= ExceptionDispatchInfo.Capture(exception);
            return null;
        }
    }
}
