using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;
using Microsoft.Extensions.Logging;

namespace HardwareAttestation.Client;

/// <summary>Has the TPM show an endorsement key that is persistent, or make it.</summary>
internal sealed class EndorsementKeyLoader
{
    private readonly TpmChannel _channel;
    private readonly Authorizer _authorizer;
    private readonly ILogger _logger;

    // What keys that were found good were made from: where a TPM has several templates, trying the wrong one costs seconds.
    private readonly Dictionary<TpmName, TpmtPublic> _madeFrom = [];

    public EndorsementKeyLoader(TpmChannel channel, Authorizer authorizer, ILogger logger)
    {
        _channel = channel;
        _authorizer = authorizer;
        _logger = logger;
    }

    /// <summary>Whether a key is a primary key of the endorsement hierarchy: that is what its qualified Name says (TPM 2.0 Library, Part 1, section 26.5).</summary>
    public static bool IsEndorsementPrimary(ReadPublicResponse key)
    {
        Span<byte> names = stackalloc byte[sizeof(uint) + sizeof(ushort) + TpmHash.MaximumDigestSize];
        TpmWriter writer = new(names);
        writer.WriteHandle(TpmHandle.Endorsement);
        writer.WriteBytes(key.OutPublic.ComputeName().Bytes.Span);
        byte[] digest = TpmHash.HashData(key.OutPublic.NameAlg, writer.Written);
        writer = new(names);
        writer.WriteAlgorithm(key.OutPublic.NameAlg);
        writer.WriteBytes(digest);
        return key.QualifiedName.Bytes.Span.SequenceEqual(writer.Written);
    }

    /// <summary>Gives the template that made the key with a Name, if this client has seen it.</summary>
    public TpmtPublic? Recall(TpmName name) => _madeFrom.GetValueOrDefault(name);

    /// <summary>Finds a key at the persistent handles where a template's key usually is.</summary>
    /// <param name="template">The template.</param>
    /// <param name="isRight">Whether it is the one; asked only of keys that can be used as one of this template.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The key, or null if there is none.</returns>
    public async Task<UsableKey?> FindPersistentAsync(
        EndorsementKeyTemplate template, Func<ReadPublicResponse, bool> isRight, CancellationToken cancellationToken)
    {
        foreach (TpmHandle handle in template.PersistentHandles)
        {
            ReadPublicResponse? response = await PublicAreaReader.TryReadAllAsync(_channel, handle, cancellationToken).ConfigureAwait(false);
            if (response is { } found && EndorsementKeyPolicy.FindFault(found.OutPublic, template) is null && isRight(found))
            {
                return new UsableKey(_channel, KeyRole.Endorsement, handle, found.OutPublic);
            }
        }

        return null;
    }

    /// <summary>Has the TPM make keys until one is right. Those that are not are flushed.</summary>
    /// <param name="template">The template, for messages.</param>
    /// <param name="madeFrom">What to make them from, in this order; the last is the standard template.</param>
    /// <param name="isRight">Whether a key is the one.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The key, or null if none is right.</returns>
    public async Task<UsableKey?> CreateAsync(
        EndorsementKeyTemplate template, IReadOnlyList<TpmtPublic> madeFrom, Func<TpmtPublic, bool> isRight, CancellationToken cancellationToken)
    {
        for (int i = 0; i < madeFrom.Count; i++)
        {
            bool isLast = i == madeFrom.Count - 1;
            UsableKey? created = await TryCreateAsync(template, madeFrom[i], isLast, cancellationToken).ConfigureAwait(false);
            bool keep = false;
            try
            {
                if (created is not null && isRight(created.Public))
                {
                    _madeFrom[created.Public.ComputeName()] = madeFrom[i];
                    keep = true;
                    return created;
                }
            }
            finally
            {
                if (created is not null && !keep)
                {
                    await created.DisposeAsync().ConfigureAwait(false);
                }
            }
        }

        return null;
    }

    private async Task<UsableKey?> TryCreateAsync(
        EndorsementKeyTemplate template, TpmtPublic madeFrom, bool isLast, CancellationToken cancellationToken)
    {
        CreatePrimaryResponse created;
        try
        {
            created = await _authorizer.RunAsync(
                TpmHandle.Endorsement,
                async endorsement => await _channel.ExecuteAsync<CreatePrimaryCommand, CreatePrimaryResponse>(
                    new(TpmHandle.Endorsement, madeFrom), endorsement, cancellationToken).ConfigureAwait(false),
                cancellationToken).ConfigureAwait(false);
        }
        catch (TpmCommandException exception) when (!isLast && exception.ResponseCode.Subject == TpmErrorSubject.Parameter)
        {
            ClientLog.EndorsementTemplatePassedOver(_logger, template.TemplateIndex, _channel.DeviceName, exception.Message);
            return null;
        }

        if (EndorsementKeyPolicy.AreOfOneTemplate(created.OutPublic, madeFrom))
        {
            return new UsableKey(_channel, KeyRole.Endorsement, created.ObjectHandle, created.OutPublic);
        }

        await _channel.FlushAsync(created.ObjectHandle).ConfigureAwait(false);
        throw new TpmDeviceException(_channel.DeviceName, $"TPM2_CreatePrimary gave a key that is not of the {template} template.");
    }
}
