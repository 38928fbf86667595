using System.Security.Cryptography;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client;

/// <summary>
/// An attestation key that is loaded in the TPM: a restricted signing key that never leaves it. Disposing flushes it from the TPM; the key itself
/// lives on in its <see cref="Blob"/>.
/// </summary>
/// <remarks>
/// Safe to share between threads. After it or its client was disposed, each method that asks the TPM answers <see cref="ObjectDisposedException"/>.
/// Disposing twice is harmless.
/// </remarks>
public sealed partial class AttestationKey : IAsyncDisposable
{
    // Far more than any field of a challenge has.
    private const int MaximumFieldSize = 1024;
    private readonly AttestationClient _client;
    private readonly LoadedKey _loaded;

    internal AttestationKey(AttestationClient client, LoadedKey loaded)
    {
        _client = client;
        _loaded = loaded;
    }

    /// <summary>What to keep on disk, to have the key after a reboot.</summary>
    public TpmKeyBlob Blob => _loaded.Blob;

    /// <summary>The public area.</summary>
    public TpmtPublic Public => Blob.Public;

    /// <summary>The Name, computed from <see cref="Public"/>.</summary>
    public TpmName Name => Blob.Name;

    private TpmAlgId SchemeHash => Public.Scheme.HashAlg;

    /// <summary>First step of enrolment: says which machine this is. The endorsement key that this key was created with is looked up in the TPM, with its certificate.</summary>
    /// <param name="nodeId">The node that the machine is to be enrolled as.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The message for the server.</returns>
    /// <exception cref="TpmKeyException">
    /// The TPM shows another endorsement key than the one that this key was created with (<see cref="TpmKeyFault.OtherTpm"/>); or it lost this key, and its blob cannot be loaded any
    /// more.
    /// </exception>
    /// <exception cref="EndorsementKeyException">The certificate is damaged, or of another key than the TPM's.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<EnrollmentRequest> CreateEnrollmentRequestAsync(string nodeId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(nodeId);
        return RunAsync(
            ClientOperation.CreateEnrollmentRequest,
            async (channel, cancel) =>
            {
                EndorsementKey endorsementKey = await _client.FindEndorsementKeyAsync(Blob.EndorsementTemplate, cancel).ConfigureAwait(false);
                return endorsementKey.Name.Equals(Blob.EndorsementName)
                    ? CreateEnrollmentRequest(nodeId, endorsementKey)
                    : throw new TpmKeyException(
                        $"TPM device {channel.DeviceName} shows another {Blob.EndorsementTemplate} endorsement key than the one that the attestation key was created with: "
                        + "find that one, or make a new attestation key.",
                        TpmKeyFault.OtherTpm);
            },
            cancellationToken);
    }

    /// <summary>First step of enrolment with an endorsement key that is at hand, as one with a certificate from elsewhere (<see cref="EndorsementKey.WithCertificate"/>).</summary>
    /// <param name="nodeId">The node that the machine is to be enrolled as.</param>
    /// <param name="endorsementKey">The endorsement key that this key was created with.</param>
    /// <returns>The message for the server.</returns>
    /// <exception cref="ArgumentException">This key was created with another endorsement key.</exception>
    public EnrollmentRequest CreateEnrollmentRequest(string nodeId, EndorsementKey endorsementKey)
    {
        ArgumentException.ThrowIfNullOrEmpty(nodeId);
        ArgumentNullException.ThrowIfNull(endorsementKey);
        if (!endorsementKey.Name.Equals(Blob.EndorsementName))
        {
            throw new ArgumentException("The attestation key was created with another endorsement key.", nameof(endorsementKey));
        }

        return new EnrollmentRequest
        {
            NodeId = nodeId,
            EndorsementCertificate = endorsementKey.Certificate,
            EndorsementCertificateChain = endorsementKey.CertificateChain,
            EndorsementPublic = endorsementKey.Public.EncodeSized(),
            AttestationPublic = Public.EncodeSized(),
            StorageParentPublic = Blob.StorageParent?.EncodeSized() ?? [],
        };
    }

    /// <summary>Third step of enrolment: opens the server's challenge with TPM2_ActivateCredential, and proves it.</summary>
    /// <param name="challenge">The challenge.</param>
    /// <param name="nodeId">The node that the machine asked to be enrolled as.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The message for the server.</returns>
    /// <exception cref="AttestationProtocolException">The challenge is of another version of the protocol, or something in it is malformed or longer than any server sends.</exception>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    /// <exception cref="TpmCommandException">The TPM refused: the challenge is not for this key of this TPM.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    /// <exception cref="TpmKeyException">
    /// The TPM no longer has the endorsement key that this key was created with; or it lost this key, and its blob cannot be loaded any more.
    /// </exception>
    public async Task<CredentialResponse> RespondAsync(CredentialChallenge challenge, string nodeId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(challenge);
        ArgumentException.ThrowIfNullOrEmpty(nodeId);
        ProtocolVersion.ThrowIfUnknown(challenge.Version);
        RefuseLongField(challenge.ChallengeId.Length, MaximumFieldSize);
        (TpmsIdObject credentialBlob, byte[] encryptedSecret) = ReadCredential(challenge);
        byte[] secret = await ActivateCredentialAsync(credentialBlob, encryptedSecret, cancellationToken).ConfigureAwait(false);
        try
        {
            return new CredentialResponse
            {
                ChallengeId = challenge.ChallengeId,
                Proof = CredentialResponse.ComputeProof(challenge.ChallengeId, nodeId, secret),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Answers a boot challenge, with a quote or a signature as it asks.</summary>
    /// <param name="challenge">The challenge.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The message for the server.</returns>
    /// <exception cref="AttestationProtocolException">The challenge is of another version of the protocol, or a field of it is longer than any server sends, or than a TPM takes.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmPcrException">The TPM lacks PCRs that were asked for, or they do not stand still.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    /// <exception cref="TpmKeyException">The TPM lost the key, and its blob cannot be loaded any more; or its parent cannot be used.</exception>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    public async Task<AttestationEvidence> RespondAsync(AttestationChallenge challenge, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(challenge);
        ProtocolVersion.ThrowIfUnknown(challenge.Version);
        if (challenge.PcrSelection is not { } selection)
        {
            RefuseLongField(Math.Max(challenge.ChallengeId.Length, Math.Max(challenge.NodeId.Length, challenge.Nonce.Length)), MaximumFieldSize);
            TpmtSignature signature = await SignAsync(challenge.GetSignedBytes(), cancellationToken).ConfigureAwait(false);
            return new AttestationEvidence { ChallengeId = challenge.ChallengeId, Signature = signature.Encode() };
        }

        RefuseLongField(challenge.Nonce.Length, TpmHash.MaximumDigestSize);
        TpmQuote quote = await QuoteAsync(selection, challenge.Nonce, cancellationToken).ConfigureAwait(false);
        return new AttestationEvidence
        {
            ChallengeId = challenge.ChallengeId,
            Attest = quote.Attest,
            Signature = quote.Signature.Encode(),
            PcrValues = quote.PcrValues,
        };
    }

    /// <summary>Opens a credential (TPM2_ActivateCredential), which only the TPM with both this key and its endorsement key can.</summary>
    /// <param name="credentialBlob">The credential.</param>
    /// <param name="encryptedSecret">The content of TPM2B_ENCRYPTED_SECRET, without its size.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The secret. Whoever asks for it is to clear it.</returns>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    /// <exception cref="TpmCommandException">The TPM refused: the credential is not for this key of this TPM.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    /// <exception cref="TpmKeyException">
    /// The TPM no longer has the endorsement key that this key was created with; or it lost this key, and its blob cannot be loaded any more.
    /// </exception>
    public Task<byte[]> ActivateCredentialAsync(
        TpmsIdObject credentialBlob, ReadOnlyMemory<byte> encryptedSecret, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(credentialBlob);
        return RunAsync(
            ClientOperation.ActivateCredential,
            async (channel, cancel) =>
            {
                EndorsementSession session = await _client.UseEndorsementKeyAsync(Blob, cancel).ConfigureAwait(false);
                await using (session.ConfigureAwait(false))
                {
                    byte[] secret = await channel.ExecuteAsync<ActivateCredentialCommand, byte[]>(
                        new(_loaded.Entity, session.Key.Entity, credentialBlob, encryptedSecret),
                        await session.AuthorizeActivationAsync(_loaded.AuthValue, cancel).ConfigureAwait(false),
                        cancel).ConfigureAwait(false);
                    ClientLog.CredentialActivated(_client.Logger, Name, channel.DeviceName);
                    return secret;
                }
            },
            cancellationToken);
    }

    /// <summary>Quotes PCRs (TPM2_Quote) and gives the values that the quote is about: if a PCR changes meanwhile, both are taken again.</summary>
    /// <param name="selection">The PCRs.</param>
    /// <param name="qualifyingData">A nonce of whoever verifies, at most 64 bytes.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The quote.</returns>
    /// <exception cref="ArgumentException">The qualifying data is too long.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmPcrException">The TPM lacks PCRs that were asked for, or they do not stand still.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    /// <exception cref="TpmKeyException">The TPM lost the key, and its blob cannot be loaded any more; or its parent cannot be used.</exception>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    public Task<TpmQuote> QuoteAsync(
        TpmlPcrSelection selection, ReadOnlyMemory<byte> qualifyingData, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        RefuseLongQualifyingData(qualifyingData);
        return _loaded.RunAsync<QuoteOperation, TpmQuote>(
            this, ClientOperation.Quote, new(_loaded, _client.Logger, selection, qualifyingData), cancellationToken);
    }

    /// <summary>
    /// Keeps the key at a persistent handle besides (TPM2_EvictControl), where it is after a reboot without being loaded, and fills no slot for transient objects.
    /// </summary>
    /// <remarks>Interrupted, it may have happened: doing it again is harmless. What somebody else keeps at the handle is left alone.</remarks>
    /// <param name="handle">The handle, one of the owner's: 0x81000000 to 0x817FFFFF.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The blob with the handle, to be saved in the place of the other; also in <see cref="Blob"/>.</returns>
    /// <exception cref="ArgumentException">The handle is not one of the owner's persistent handles.</exception>
    /// <exception cref="TpmCommandException">The TPM refused, for instance because the owner's authorisation value is wrong, or its memory is full.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    /// <exception cref="TpmKeyException">
    /// There is another key at the handle (<see cref="TpmKeyFault.HandleInUse"/>), or this key is kept at another handle already
    /// (<see cref="TpmKeyFault.AlreadyPersistent"/>); or the TPM lost this key, and its blob cannot be loaded any more.
    /// </exception>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    public Task<TpmKeyBlob> PersistAsync(TpmHandle handle, CancellationToken cancellationToken = default)
    {
        PersistentKeys.ThrowIfNotOwners(handle);
        return RunAsync(ClientOperation.PersistKey, (_, cancel) => _client.PersistAsync(_loaded, handle, cancel), cancellationToken);
    }

    /// <summary>Flushes the key from the TPM, after whatever the client is doing.</summary>
    /// <returns>A task that ends when the key is flushed.</returns>
    public ValueTask DisposeAsync() => _client.UnloadAsync(_loaded);

    private static void RefuseLongField(int size, int maximum)
    {
        if (size > maximum)
        {
            throw new AttestationProtocolException($"A field of the challenge has {size} bytes, and {maximum} are the most: no server of this protocol sends such. Check which server it is.");
        }
    }

    private static (TpmsIdObject CredentialBlob, byte[] EncryptedSecret) ReadCredential(CredentialChallenge challenge)
    {
        try
        {
            TpmReader reader = new(challenge.EncryptedSecret.Span);
            byte[] encryptedSecret = reader.ReadSized("TPM2B_ENCRYPTED_SECRET", TpmuPublicId.MaximumModulusSize).ToArray();
            reader.ExpectEnd("TPM2B_ENCRYPTED_SECRET");
            return (TpmWire.ParseSized<TpmsIdObject>(challenge.CredentialBlob.Span), encryptedSecret);
        }
        catch (TpmFormatException exception)
        {
            throw new AttestationProtocolException($"The credential of the challenge is malformed: {exception.Message}", exception);
        }
    }

    private Task<T> RunAsync<T>(string name, Func<TpmChannel, CancellationToken, Task<T>> operation, CancellationToken cancellationToken) =>
        _loaded.RunAsync(this, name, operation, cancellationToken);
}
